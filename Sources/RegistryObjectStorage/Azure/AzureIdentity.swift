//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// Tokens of Microsoft Entra ID for a client, a workload or the machine.
///
/// Sources: Microsoft identity platform, "OAuth 2.0 client credentials flow"; Azure, "Managed identities for Azure
/// resources: use a token"; Azure App Service, "REST endpoint reference" of managed identities.
package struct AzureIdentity: Sendable {
    private let environment: [String: String]
    private let http: BackendHTTP
    private let governor: RequestGovernor
    private let pool: IOPool

    package init(_ environment: [String: String], _ http: BackendHTTP, _ governor: RequestGovernor, pool: IOPool) {
        self.environment = environment
        self.http = http
        self.governor = governor
        self.pool = pool
    }

    package typealias Grant = RenewedSecret<String>.Grant

    private static let audience = "https://storage.azure.com"

    /// The identity of an application, by its secret.
    package func client(tenant: String, id: String, secret: String, at time: WallTime) async throws(ObjectStoreError)
        -> Grant
    {
        try await token(tenant: tenant, [("client_id", id), ("client_secret", secret)], at: time)
    }

    /// The identity that the surroundings give: of variables of the environment, of a workload, of the machine.
    package func surroundings(client: String?, at time: WallTime) async throws(ObjectStoreError) -> Grant {
        let id = client ?? environment["AZURE_CLIENT_ID"]
        if let tenant = environment["AZURE_TENANT_ID"], let id {
            if let secret = environment["AZURE_CLIENT_SECRET"] {
                return try await self.client(tenant: tenant, id: id, secret: secret, at: time)
            }
            if let path = environment["AZURE_FEDERATED_TOKEN_FILE"] {
                return try await workload(tenant: tenant, id: id, path, at: time)
            }
        }
        return try await managed(client: id, at: time)
    }

    private func workload(tenant: String, id: String, _ path: String, at time: WallTime) async throws(ObjectStoreError)
        -> Grant
    {
        guard let assertion = try await SmallFile.read(path, pool) else {
            throw ObjectStoreError(.denied, "\(path): there is no such file")
        }
        let fields = [
            ("client_id", id), ("client_assertion", String(assertion.filter { !$0.isWhitespace })),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ]
        return try await token(tenant: tenant, fields, at: time)
    }

    private func token(tenant: String, _ fields: [(String, String)], at time: WallTime) async throws(ObjectStoreError)
        -> Grant
    {
        let authority = environment["AZURE_AUTHORITY_HOST"] ?? "https://login.microsoftonline.com"
        let form = [("grant_type", "client_credentials"), ("scope", "\(Self.audience)/.default")] + fields
        let body = form.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
        let base = authority.hasSuffix("/") ? String(authority.dropLast()) : authority
        let message = BackendMessage(
            "POST",
            "\(base)/\(PercentCoding.encode(tenant))/oauth2/v2.0/token",
            headers: [("content-type", "application/x-www-form-urlencoded")],
            body: ObjectBytes([ByteBuffer(string: body)])
        )
        return try await ask(message, within: .seconds(30), isLocal: false, at: time)
    }

    // MARK: Managed identities

    private func managed(client: String?, at time: WallTime) async throws(ObjectStoreError) -> Grant {
        var query = [("resource", Self.audience)]
        if let client { query.append(("client_id", client)) }
        let message: BackendMessage
        if let endpoint = environment["IDENTITY_ENDPOINT"], let header = environment["IDENTITY_HEADER"] {
            query.append(("api-version", "2019-08-01"))
            message = Self.message(endpoint, query, header: ("X-IDENTITY-HEADER", header))
        } else {
            query.append(("api-version", "2018-02-01"))
            let base = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254"
            message = Self.message(base + "/metadata/identity/oauth2/token", query, header: ("Metadata", "true"))
        }
        return try await ask(message, within: .seconds(10), isLocal: true, at: time)
    }

    private static func message(_ url: String, _ query: [(String, String)], header: (name: String, value: String))
        -> BackendMessage
    {
        let text = query.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
        return BackendMessage("GET", "\(url)\(url.contains("?") ? "&" : "?")\(text)", headers: [header])
    }

    // MARK: Answers

    /// - Parameter isLocal: whether nobody answers where there is no such platform, however often.
    private func ask(_ message: BackendMessage, within limit: Duration, isLocal: Bool, at time: WallTime)
        async throws(ObjectStoreError) -> Grant
    {
        try await governor.run(.credentials) { this throws(ObjectStoreError) in
            do throws(ObjectStoreError) {
                return try Self.grant(try await http.send(message, within: limit, this), at: time)
            } catch {
                guard isLocal, this.number > 0, error.status == nil, error.trouble != nil else { throw error }
                throw ObjectStoreError(.denied, "no managed identity: \(error.cause)")
            }
        }
    }

    private static func grant(_ answer: BackendAnswer, at time: WallTime) throws(ObjectStoreError) -> Grant {
        let content = try? StrictJSON(Array(answer.body.readableBytesView))
        guard answer.status == 200 else {
            let code: ObjectStoreError.Code =
                switch answer.status {
                case 429: .transient(.tooManyRequests)
                // The machine's service says so while it starts.
                case 410, 500...: .transient(.serverError)
                default: .denied
                }
            let word = content?["error"]?.string ?? ""
            throw ObjectStoreError(code, status: answer.status, "no token: \(word)", retryAfter: answer.retryAfter)
        }
        guard let token = content?["access_token"]?.string else {
            throw ObjectStoreError(.denied, status: answer.status, "an answer without a token")
        }
        let lifetime = content?["expires_in"]
        // A number here, text there.
        let seconds = lifetime?.number ?? lifetime?.string.flatMap { Double($0) } ?? 300
        let microseconds = Int64(min(max(seconds, 0), 1e9)) * 1_000_000
        return Grant(token, expiry: WallTime(microseconds: time.microseconds + microseconds))
    }
}
