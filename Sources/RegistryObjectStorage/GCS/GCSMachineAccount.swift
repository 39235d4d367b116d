//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import Synchronization

/// The machine's own service account: of Compute Engine, of Kubernetes Engine, of Cloud Run.
///
/// Source: Compute Engine documentation, "View and query VM metadata"; IAM service account credentials API, `signBlob`.
package final class GCSMachineAccount: GCSIdentity {
    private let base: String
    private let signer: String
    private let client: GCSTokenClient
    private let email = Mutex<String?>(nil)

    private static let folder = "/computeMetadata/v1/instance/service-accounts/default/"
    private static let time = Duration.seconds(5)

    package static let defaultSigner = "https://iamcredentials.googleapis.com"

    /// - Parameters:
    ///   - environment: `GCE_METADATA_HOST` is the metadata server's, with a port if it is not 80.
    ///   - signer: who signs for the account.
    package init(
        _ environment: [String: String],
        _ client: GCSTokenClient,
        signer: String = GCSMachineAccount.defaultSigner
    ) {
        let host = environment["GCE_METADATA_HOST"].flatMap { $0.isEmpty ? nil : $0 } ?? "metadata.google.internal"
        self.base = "http://" + host
        self.signer = signer
        self.client = client
    }

    package func token(_ clock: StoreClock) async throws(ObjectStoreError) -> GCSToken {
        let answer = try await ask("token")
        guard let document = try? StrictJSON(Array(answer.body.readableBytesView)) else {
            throw ObjectStoreError(.denied, status: answer.status, "the metadata server's answer is not JSON")
        }
        return try client.token(document, clock)
    }

    package func account() async throws(ObjectStoreError) -> String? {
        if let known = email.withLock({ $0 }) { return known }
        let found = String(buffer: try await ask("email").body)
        email.withLock { $0 = found }
        return found
    }

    private func ask(_ name: String) async throws(ObjectStoreError) -> BackendAnswer {
        let message = BackendMessage("GET", base + Self.folder + name, headers: [("metadata-flavor", "Google")])
        return try await PlatformRequest.ask(message, client.http, client.governor) { answer in
            answer["Metadata-Flavor"] == "Google"
        }
    }

    package func sign(_ text: String, _ token: String) async throws(ObjectStoreError) -> [UInt8] {
        guard let account = try await account() else { throw ObjectStoreError(.denied, "nobody to sign for") }
        let body = JSONText.object([("payload", .string(Digesting.base64(Array(text.utf8))))]).text
        let message = BackendMessage(
            "POST",
            "\(signer)/v1/projects/-/serviceAccounts/\(PercentCoding.encode(account)):signBlob",
            headers: [("authorization", "Bearer \(token)"), ("content-type", "application/json")],
            body: ObjectBytes([ByteBuffer(string: body)])
        )
        let answer = try await client.governor.run(.credentials) { this throws(ObjectStoreError) in
            let answer = try await client.http.send(message, within: Self.time, this)
            if let error = GCSFailure.error(answer) { throw error }
            return answer
        }
        guard let document = try? StrictJSON(Array(answer.body.readableBytesView)),
            let signature = document["signedBlob"]?.string.flatMap({ Base64.decode($0.utf8, .standard) })
        else { throw ObjectStoreError(.denied, status: answer.status, "the answer has no signature") }
        return signature
    }
}
