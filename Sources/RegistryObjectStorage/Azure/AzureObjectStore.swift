//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Azure's blob service.
///
/// An object that is put in parts is a list of blocks. There is no upload beside the blob: what is known of one stands in
/// the ids of its blocks. Azure throws blocks away that nobody has made a part of a blob within a week.
///
/// Source: Azure Storage REST API, "Blob service REST API".
package struct AzureObjectStore: HTTPObjectStore {
    package let name = "azure"
    package let bounds: ObjectStoreBounds

    let endpoint: AzureEndpoint
    let http: BackendHTTP
    let governor: RequestGovernor
    let credentials: AzureCredentials
    let delegation: RenewedSecret<AzureDelegationKey>?
    let clock: StoreClock

    /// The name of the metadata that tells a mark; see ``ObjectMark``.
    static let mark = "x-ms-meta-\(ObjectMark.name)"
    /// Its value for objects that have none, since a copy without metadata has the source's.
    static let unmarked = "whole"
    /// Its value for what is put only to have blocks thrown away, and is no object.
    static let void = "void"

    package init(
        _ endpoint: AzureEndpoint,
        _ credentials: AzureCredentials,
        _ http: BackendHTTP,
        governor: RequestGovernor
    ) {
        self.endpoint = endpoint
        self.http = http
        self.governor = governor
        self.credentials = credentials
        var bounds = ObjectStoreBounds()
        bounds.putBytes = 5_000 << 20
        bounds.copyBytes = 4_000 << 20
        // Azure takes blocks of any size; what is smaller is put anew with what follows it, so that segments stay few.
        bounds.partBytes = 1 << 20
        bounds.parts = 50_000
        bounds.deleteKeys = 256
        bounds.listKeys = 5_000
        self.bounds = bounds
        let clock = StoreClock()
        self.clock = clock
        if case .identity(let tokens) = credentials {
            delegation = RenewedSecret(margin: .seconds(60 * 60)) { time throws(ObjectStoreError) in
                try await Self.delegationKey(endpoint, tokens, http, governor, at: time)
            }
        } else {
            delegation = nil
        }
    }

    package func shutDown() async { await http.shutDown() }

    // MARK: Requests

    /// A request before it is signed.
    struct Call: Sendable {
        var method: String
        var key: String?
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        /// The object whose content the service is to take.
        var source: String?
        var body = ObjectBytes()

        init(_ method: String, _ key: String?) {
            self.method = method
            self.key = key
        }
    }

    func attempt(
        _ call: Call,
        _ send: (BackendMessage) async throws(ObjectStoreError) -> BackendAnswer
    ) async throws(ObjectStoreError) -> BackendAnswer {
        let time = clock.now
        var token = ""
        if case .identity(let tokens) = credentials { token = try await tokens.secret(at: time) }
        let answer = try await send(message(call, token, at: time))
        guard var error = AzureFailure.error(answer, now: clock.now) else { return answer }
        switch (error.trouble, credentials) {
        case (.clockSkew, _): if let date = answer.date { clock.set(date) }
        case (.credentials, .identity(let tokens)): await tokens.expire(token)
        // Keys and signatures are what they are.
        case (.credentials, _): error.code = .denied
        default: break
        }
        throw error
    }

    /// - Parameter token: of the identity, if it is one that is let in.
    private func message(_ call: Call, _ token: String, at time: WallTime) -> BackendMessage {
        var headers = call.headers
        headers += [("x-ms-date", HTTPDate.text(time)), ("x-ms-version", AzureSharedAccess.version)]
        if let source = call.source { headers += self.source(source, token, at: time) }
        let path = endpoint.path(call.key)
        var query = call.query.map { "\($0.name)=\(PercentCoding.encode($0.value))" }
        switch credentials {
        case .sharedKey(let key):
            let request = AzureSharedKey.Request(
                call.method,
                path: path,
                query: call.query,
                headers: headers,
                length: call.body.count
            )
            headers.append(("authorization", key.authorization(request)))
        case .signature(let signature): query.append(signature)
        case .identity: headers.append(("authorization", "Bearer \(token)"))
        }
        let url = endpoint.base + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        return BackendMessage(call.method, url, headers: headers, body: call.body)
    }

    /// Has the service read an object by itself, which it does with a right of its own.
    private func source(_ key: String, _ token: String, at time: WallTime) -> [(name: String, value: String)] {
        let url = endpoint.url(key)
        switch credentials {
        case .sharedKey(let shared):
            let access = self.access(key, at: time, validFor: .seconds(60 * 60))
            return [("x-ms-copy-source", "\(url)?\(access.query(shared))")]
        case .signature(let signature): return [("x-ms-copy-source", "\(url)?\(signature)")]
        case .identity:
            return [("x-ms-copy-source", url), ("x-ms-copy-source-authorization", "Bearer \(token)")]
        }
    }

    func access(_ key: String, at time: WallTime, validFor duration: Duration) -> AzureSharedAccess {
        let end = WallTime(microseconds: time.microseconds + duration.components.seconds * 1_000_000)
        return AzureSharedAccess(
            account: endpoint.account,
            container: endpoint.container,
            key: key,
            expiry: end,
            isSecure: endpoint.scheme == "https"
        )
    }

    // MARK: Addresses

    package func signedURL(_ key: String, _ method: SignedMethod, validFor time: Duration)
        async throws(ObjectStoreError) -> String?
    {
        let access = access(key, at: clock.now, validFor: time)
        switch credentials {
        case .sharedKey(let shared): return "\(endpoint.url(key))?\(access.query(shared))"
        // A signature is good for more than one blob, and is given to nobody.
        case .signature: return nil
        case .identity:
            guard let key = try await delegation?.secret(at: clock.now) else { return nil }
            return "\(endpoint.url(access.key))?\(access.query(key))"
        }
    }
}
