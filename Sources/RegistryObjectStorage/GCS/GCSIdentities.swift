//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryStorage
import RegistryTelemetry

/// Asks Google's token servers.
package struct GCSTokenClient: Sendable {
    let http: BackendHTTP
    let governor: RequestGovernor
    let pool: IOPool

    package init(_ http: BackendHTTP, _ governor: RequestGovernor, pool: IOPool) {
        self.http = http
        self.governor = governor
        self.pool = pool
    }

    /// What the driver does with objects, and no more.
    package static let scope = "https://www.googleapis.com/auth/devstorage.read_write"
    private static let time = Duration.seconds(30)

    /// Makes a request until it has a good answer, which is an object of JSON.
    func ask(_ clock: StoreClock, _ message: @Sendable () async throws(ObjectStoreError) -> BackendMessage)
        async throws(ObjectStoreError) -> StrictJSON
    {
        try await governor.run(.credentials) { this throws(ObjectStoreError) in
            let answer = try await http.send(try await message(), within: Self.time, this)
            if let error = GCSFailure.tokenError(answer, now: clock.now) {
                if error.trouble == .clockSkew, let date = answer.date { clock.set(date) }
                throw error
            }
            guard let document = try? StrictJSON(Array(answer.body.readableBytesView)), document.isObject else {
                throw ObjectStoreError(.denied, status: answer.status, "the token server's answer is not JSON")
            }
            return document
        }
    }

    func token(_ document: StrictJSON, _ clock: StoreClock) throws(ObjectStoreError) -> GCSToken {
        guard let value = document["access_token"]?.string, !value.isEmpty else {
            throw ObjectStoreError(.denied, "the token server's answer has no token")
        }
        let seconds = min(max(document["expires_in"]?.number ?? 3600, 0), 86_400)
        return GCSToken(value, expiry: WallTime(microseconds: clock.now.microseconds + Int64(seconds) * 1_000_000))
    }

    static func form(_ fields: [(name: String, value: String)], to url: String) -> BackendMessage {
        let text = fields.map { "\($0.name)=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
        return BackendMessage(
            "POST",
            url,
            headers: [("content-type", "application/x-www-form-urlencoded")],
            body: ObjectBytes([ByteBuffer(string: text)])
        )
    }
}

/// A service account whose key is at hand.
///
/// Source: Google identity documentation, "Using OAuth 2.0 for Server to Server Applications".
package struct GCSServiceAccount: GCSIdentity {
    private let key: GCSServiceAccountKey
    private let client: GCSTokenClient

    package init(_ key: GCSServiceAccountKey, _ client: GCSTokenClient) {
        self.key = key
        self.client = client
    }

    package func token(_ clock: StoreClock) async throws(ObjectStoreError) -> GCSToken {
        let document = try await client.ask(clock) { () async throws(ObjectStoreError) in
            let now = clock.now
            let assertion = try await client.onPool { key.assertion(scope: GCSTokenClient.scope, at: now) }
            return GCSTokenClient.form(
                [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)],
                to: key.tokenURL
            )
        }
        return try client.token(document, clock)
    }

    package func account() async throws(ObjectStoreError) -> String? { key.email }

    package func sign(_ text: String, _ token: String) async throws(ObjectStoreError) -> [UInt8] {
        try await client.onPool { key.key.sign(Array(text.utf8)) }
    }
}

extension GCSTokenClient {
    /// Signs where nothing waits for it.
    fileprivate func onPool<Output: Sendable>(_ body: @escaping @Sendable () -> Output?) async throws(ObjectStoreError)
        -> Output
    {
        let output: Output?
        do throws(StorageError) {
            output = try await pool.run { () throws(StorageError) in body() }
        } catch {
            throw ObjectStoreError(.failed, error.cause)
        }
        guard let output else { throw ObjectStoreError(.denied, "the private key cannot sign") }
        return output
    }
}

/// A user who has logged in by `gcloud auth application-default login`; for trying things out, since users cannot sign
/// addresses.
package struct GCSUser: GCSIdentity {
    private let clientID: String
    private let clientSecret: String
    private let refreshToken: String
    private let client: GCSTokenClient

    /// - Parameter document: the members of the file that `gcloud` has written.
    /// - Returns: nil if one is missing.
    package init?(_ document: [String: String], _ client: GCSTokenClient) {
        guard let clientID = document["client_id"], let clientSecret = document["client_secret"],
            let refreshToken = document["refresh_token"]
        else { return nil }
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.refreshToken = refreshToken
        self.client = client
    }

    package func token(_ clock: StoreClock) async throws(ObjectStoreError) -> GCSToken {
        let document = try await client.ask(clock) { () async throws(ObjectStoreError) in
            GCSTokenClient.form(
                [
                    ("grant_type", "refresh_token"), ("client_id", clientID), ("client_secret", clientSecret),
                    ("refresh_token", refreshToken),
                ],
                to: GCSServiceAccountKey.defaultTokenURL
            )
        }
        return try client.token(document, clock)
    }

    package func account() async throws(ObjectStoreError) -> String? { nil }

    package func sign(_ text: String, _ token: String) async throws(ObjectStoreError) -> [UInt8] {
        throw ObjectStoreError(.denied, "a user cannot sign")
    }
}
