//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry

extension SwiftObjectStore {
    package func signedURL(_ key: String, _ method: SignedMethod, validFor time: Duration)
        async throws(ObjectStoreError) -> String?
    {
        guard settings.temporaryMethods.contains(method),
            let digest = try await features.secret(at: .now).temporaryURLs,
            let secret = try await temporaryKey.secret(at: .now)
        else { return nil }
        let storageURL = try await tokens.secret(at: .now).storageURL
        let end = WallTime(microseconds: WallTime.now.microseconds + time.components.seconds * 1_000_000)
        let parts = storageURL.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let path = "/\(parts[3])/\(settings.container)/\(key)"
        let query = SwiftTemporaryURL(key: secret, digest).query(method.rawValue, path: path, expiry: end)
        return "\(storageURL)\(settings.path(key))?\(query)"
    }

    /// The key that signs addresses: the one that is configured, or that is with the container or the account; where there is
    /// none, one is made and put there, as distribution does.
    static func temporaryKey(
        _ settings: Settings,
        _ tokens: RenewedSecret<SwiftToken>,
        _ http: BackendHTTP,
        _ governor: RequestGovernor,
        at time: WallTime
    ) async throws(ObjectStoreError) -> String? {
        if let key = settings.temporaryKey { return key }
        let header = settings.keepsKeyWithContainer ? "X-Container-Meta-Temp-URL-Key" : "X-Account-Meta-Temp-URL-Key"
        func ask(_ method: String, _ fields: [(name: String, value: String)]) async throws(ObjectStoreError)
            -> BackendAnswer
        {
            try await governor.run(.credentials) { this throws(ObjectStoreError) in
                let token = try await tokens.secret(at: time)
                let url = token.storageURL + (settings.keepsKeyWithContainer ? settings.path(nil) : "")
                let headers = fields + [("x-auth-token", token.token)]
                let message = BackendMessage(method, url, headers: headers)
                let answer = try await http.send(message, within: .seconds(30), this)
                if let error = SwiftFailure.error(answer) {
                    if error.trouble == .credentials { await tokens.expire(token) }
                    throw error
                }
                return answer
            }
        }
        do throws(ObjectStoreError) {
            if let key = try await ask("HEAD", [])[header], !key.isEmpty { return key }
            var generator = SystemRandomNumberGenerator()
            let words = (0..<4).map { _ in String(generator.next(), radix: 16) }
            _ = try await ask("POST", [(header, words.joined())])
            // Another server may have made one at the same time: the one that is there counts.
            return try await ask("HEAD", [])[header]
        } catch {
            // Who may not know or set it sends clients nowhere.
            guard error.code == .denied || error.code == .notFound else { throw error }
            return nil
        }
    }
}
