//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import RegistryTelemetry

/// Amazon S3, and what speaks like it.
///
/// Source: Amazon S3 API reference, version 2006-03-01.
package struct S3ObjectStore: HTTPObjectStore {
    package var name: String { settings.dialect.driver }
    package let bounds: ObjectStoreBounds

    let settings: Settings
    let http: BackendHTTP
    let governor: RequestGovernor
    let credentials: RenewedSecret<S3Credentials>
    let pool: IOPool
    let clock = StoreClock()
    var signature: any S3Signing { settings.dialect.signature }

    package struct Settings: Sendable {
        package var endpoint: S3Endpoint
        package var dialect: S3Dialect
        /// `private`; nil where the bucket's owner decides.
        package var acl: String?
        /// `STANDARD_IA`; nil for the bucket's own.
        package var storageClass: String?
        /// Whether the store encrypts what it keeps.
        package var encrypts = false
        /// The key of KMS that it encrypts with; nil for one of S3.
        package var encryptionKey: String?
        /// The host that clients are sent to in place of the endpoint's: `https://s3.example.com`.
        package var redirectEndpoint: S3Endpoint?

        package init(_ endpoint: S3Endpoint, region: String) { self.init(endpoint, .s3(region: region)) }

        package init(_ endpoint: S3Endpoint, _ dialect: S3Dialect) {
            self.endpoint = endpoint
            self.dialect = dialect
        }
    }

    package init(
        _ settings: Settings,
        _ http: BackendHTTP,
        _ credentials: RenewedSecret<S3Credentials>,
        pool: IOPool,
        governor: RequestGovernor
    ) {
        self.settings = settings
        self.http = http
        self.credentials = credentials
        self.pool = pool
        self.governor = governor
        self.bounds = settings.dialect.bounds
    }

    package func shutDown() async { await http.shutDown() }

    // MARK: Requests

    typealias Call = KeyCall

    private static let emptyHash = Digesting.sha256("")

    /// What TLS protects is not hashed once more.
    private func payloadHash(_ body: ObjectBytes) async throws(ObjectStoreError) -> String {
        if body.count == 0 { return Self.emptyHash }
        if settings.endpoint.scheme == "https" || !signature.signsContent { return SignatureV4.unsignedPayload }
        do throws(StorageError) {
            return try await pool.run { () throws(StorageError) in Digesting.sha256(body) }
        } catch {
            throw ObjectStoreError(.failed, error.cause)
        }
    }

    func attempt(
        _ call: Call,
        _ send: (BackendMessage) async throws(ObjectStoreError) -> BackendAnswer
    ) async throws(ObjectStoreError) -> BackendAnswer {
        let hash = try await payloadHash(call.body)
        let used = try await credentials.secret(at: clock.now)
        let answer = try await send(message(call, hash, used))
        guard let error = S3Failure.error(answer, now: clock.now) else { return answer }
        switch error.trouble {
        case .clockSkew: if let date = answer.date { clock.set(date) }
        case .credentials: await credentials.expire(used)
        default: break
        }
        throw error
    }

    private func message(_ call: Call, _ hash: String, _ credentials: S3Credentials) -> BackendMessage {
        let endpoint = settings.endpoint
        let signed = SignatureV4.Request(
            call.method,
            host: endpoint.host,
            path: endpoint.path(call.key),
            query: call.query,
            headers: call.headers,
            payloadHash: hash
        )
        let headers = call.headers + signature.headers(signed, credentials, at: clock.now)
        let query = signed.encodedQuery
        let url = endpoint.base + signed.path + (query.isEmpty ? "" : "?\(query)")
        return BackendMessage(call.method, url, headers: headers, body: call.body)
    }

    /// What each object that is written is to have.
    func objectHeaders(_ mark: ObjectMark) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = [("content-type", "application/octet-stream")]
        let dialect = settings.dialect
        if let acl = settings.acl { headers.append((dialect.field(dialect.acl), acl)) }
        if let storageClass = settings.storageClass { headers.append((dialect.field("storage-class"), storageClass)) }
        if settings.encrypts {
            let way = settings.encryptionKey == nil ? "AES256" : dialect.keyService
            headers.append((dialect.field("server-side-encryption"), way))
            if let key = settings.encryptionKey {
                headers.append((dialect.field(dialect.encryptionKey), key))
            }
        }
        if mark == .appended { headers.append((dialect.mark, ObjectMark.value)) }
        return headers
    }
}
