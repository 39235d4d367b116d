//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// Who the registry is, by the first file that is there, or else as the machine's own account; looked for at the first
/// request, and again as long as nothing was found.
///
/// Source: Google Cloud documentation, "How Application Default Credentials works".
package actor GCSFoundIdentity: GCSIdentity {
    private let files: [File]
    private let machine: any GCSIdentity
    private let client: GCSTokenClient
    private var found: (any GCSIdentity)?

    private struct File: Sendable {
        var path: String
        /// Whether it was named, and must be there then.
        var isNamed: Bool
    }

    /// - Parameters:
    ///   - keyFile: the file that the configuration names; nil leaves it to the environment.
    ///   - environment: `GOOGLE_APPLICATION_CREDENTIALS`, `CLOUDSDK_CONFIG`, `HOME`, `GCE_METADATA_HOST`.
    package init(keyFile: String?, _ environment: [String: String], _ client: GCSTokenClient) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        var files: [File] = []
        if let named = keyFile ?? variable("GOOGLE_APPLICATION_CREDENTIALS") {
            files.append(File(path: named, isNamed: true))
        } else if let folder = variable("CLOUDSDK_CONFIG") ?? variable("HOME").map({ $0 + "/.config/gcloud" }) {
            files.append(File(path: folder + "/application_default_credentials.json", isNamed: false))
        }
        self.files = files
        self.machine = GCSMachineAccount(environment, client)
        self.client = client
    }

    private func identity() async throws(ObjectStoreError) -> any GCSIdentity {
        if let found { return found }
        for file in files {
            guard let text = try await SmallFile.read(file.path, client.pool) else {
                guard file.isNamed else { continue }
                throw ObjectStoreError(.denied, "\(file.path): there is no such file")
            }
            guard case .object(let members) = try? StrictJSON(Array(text.utf8)) else {
                throw ObjectStoreError(.denied, "\(file.path): not a JSON object")
            }
            let identity = try Self.identity(members.compactMapValues(\.string), client, from: file.path)
            found = identity
            return identity
        }
        found = machine
        return machine
    }

    /// - Parameters:
    ///   - document: the members of a file with credentials.
    ///   - place: where it stands, for errors.
    package static func identity(_ document: [String: String], _ client: GCSTokenClient, from place: String)
        throws(ObjectStoreError) -> any GCSIdentity
    {
        switch document["type"] ?? "service_account" {
        case "service_account":
            guard let key = GCSServiceAccountKey(document) else {
                throw ObjectStoreError(.denied, "\(place): no client_email, or no private_key that is one of RSA")
            }
            return GCSServiceAccount(key, client)
        case "authorized_user":
            guard let user = GCSUser(document, client) else {
                throw ObjectStoreError(.denied, "\(place): no client_id, client_secret or refresh_token")
            }
            return user
        case let type:
            throw ObjectStoreError(.denied, "\(place): credentials of type \(type.jsonQuoted) are not supported")
        }
    }

    package func token(_ clock: StoreClock) async throws(ObjectStoreError) -> GCSToken {
        try await identity().token(clock)
    }

    package func account() async throws(ObjectStoreError) -> String? { try await identity().account() }

    package func sign(_ text: String, _ token: String) async throws(ObjectStoreError) -> [UInt8] {
        try await identity().sign(text, token)
    }
}
