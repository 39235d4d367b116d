//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry

/// OpenStack Swift.
///
/// An object that is put in parts is a static large object: segments, which are objects of their own beside the tree, and
/// a manifest under the key. What distribution wrote is dynamic large objects, which are read as they are.
///
/// Source: OpenStack Object Storage API v1; Swift, "Static Large Objects" and "Dynamic Large Objects".
package struct SwiftObjectStore: HTTPObjectStore {
    package let name = "swift"
    package let bounds: ObjectStoreBounds

    let settings: Settings
    let http: BackendHTTP
    let governor: RequestGovernor
    let tokens: RenewedSecret<SwiftToken>
    let features: RenewedSecret<SwiftFeatures>
    let temporaryKey: RenewedSecret<String?>

    package struct Settings: Sendable {
        package var container: String
        /// The folder in the container that has the tree and, beside it, the segments.
        package var prefix = ""
        /// Signs addresses; nil for the container's or the account's own.
        package var temporaryKey: String?
        /// Whether the key is kept with the container, and not with the account.
        package var keepsKeyWithContainer = false
        /// For which methods addresses are made.
        package var temporaryMethods: [SignedMethod] = SignedMethod.allCases

        package init(container: String) { self.container = container }

        /// The root folder of the tree, as distribution has it.
        package var root: String { prefix.isEmpty ? "files" : "\(prefix)/files" }

        /// How the keys of all segments of ours begin.
        var segments: String { (prefix.isEmpty ? "" : "\(prefix)/") + "segments/plimsoll/" }
    }

    package init(
        _ settings: Settings,
        _ credentials: SwiftCredentials,
        _ http: BackendHTTP,
        governor: RequestGovernor
    ) {
        self.settings = settings
        self.http = http
        self.governor = governor
        var bounds = ObjectStoreBounds()
        // Smaller segments are put anew with what follows them, so that they stay few.
        bounds.partBytes = 1 << 20
        bounds.parts = 1_000
        bounds.deleteKeys = 256
        // What containers list lags behind what objects there are.
        bounds.listsLate = true
        self.bounds = bounds
        let request = SwiftAuthRequest(credentials)
        let tokens = RenewedSecret<SwiftToken> { time throws(ObjectStoreError) in
            try await governor.run(.credentials) { this throws(ObjectStoreError) in
                try request.grant(try await http.send(request.message, within: .seconds(30), this), at: time)
            }
        }
        self.tokens = tokens
        self.features = RenewedSecret { time throws(ObjectStoreError) in
            .init(await SwiftFeatures.ask(try await tokens.secret(at: time).storageURL, http), expiry: nil)
        }
        self.temporaryKey = RenewedSecret { time throws(ObjectStoreError) in
            let hour = WallTime(microseconds: time.microseconds + 3_600_000_000)
            return .init(try await Self.temporaryKey(settings, tokens, http, governor, at: time), expiry: hour)
        }
    }

    package func shutDown() async { await http.shutDown() }

    // MARK: Requests

    typealias Call = KeyCall

    func attempt(
        _ call: Call,
        _ send: (BackendMessage) async throws(ObjectStoreError) -> BackendAnswer
    ) async throws(ObjectStoreError) -> BackendAnswer {
        let token = try await tokens.secret(at: .now)
        let query = call.query.map { "\($0.name)=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
        let url = token.storageURL + settings.path(call.key) + (query.isEmpty ? "" : "?\(query)")
        let headers = call.headers + [("x-auth-token", token.token)]
        let answer = try await send(BackendMessage(call.method, url, headers: headers, body: call.body))
        guard let error = SwiftFailure.error(answer) else { return answer }
        if error.trouble == .credentials { await tokens.expire(token) }
        throw error
    }
}

extension SwiftObjectStore.Settings {
    /// Behind the account's address; encoded.
    /// - Parameter key: nil for the container.
    func path(_ key: String?) -> String {
        "/" + PercentCoding.encode(container) + (key.map { "/" + PercentCoding.encode($0, keepsSlashes: true) } ?? "")
    }
}
