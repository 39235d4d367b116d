//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// A token of access for a time.
package struct GCSToken: Sendable, Equatable, CustomStringConvertible {
    package var value: String
    package var expiry: WallTime

    package init(_ value: String, expiry: WallTime) {
        self.value = value
        self.expiry = expiry
    }

    /// Tells nothing of it.
    package var description: String { "<redacted>" }
}

/// Who the registry is to Google.
package protocol GCSIdentity: Sendable {
    /// A token that was just given out.
    /// - Throws: `denied`; `clockSkew` if the clocks differ, with the server's time set in the clock that is given.
    func token(_ clock: StoreClock) async throws(ObjectStoreError) -> GCSToken

    /// The service account that signs addresses; nil where there is none.
    func account() async throws(ObjectStoreError) -> String?

    /// Signs for the account: RSA, PKCS #1 v1.5, SHA-256.
    func sign(_ text: String, _ token: String) async throws(ObjectStoreError) -> [UInt8]
}

/// The token in use: asked for once, and again before it expires.
package actor GCSTokenCache {
    private let identity: any GCSIdentity
    private let clock: StoreClock
    private var current: GCSToken?
    /// Who asks; others wait for the same answer.
    private var asking: Task<Result<GCSToken, ObjectStoreError>, Never>?

    /// So long before it expires, another is asked for.
    private static let margin: Int64 = 5 * 60 * 1_000_000

    package init(_ identity: any GCSIdentity, _ clock: StoreClock) {
        self.identity = identity
        self.clock = clock
    }

    func token() async throws(ObjectStoreError) -> String {
        if let current, current.expiry.microseconds - clock.now.microseconds > Self.margin { return current.value }
        let task: Task<Result<GCSToken, ObjectStoreError>, Never>
        if let asking {
            task = asking
        } else {
            // Kept here and waited for; of its own, so that a request that is given up takes nobody's answer with it.
            task = Task { [identity, clock] in
                do throws(ObjectStoreError) { return .success(try await identity.token(clock)) } catch {
                    return .failure(error)
                }
            }
            asking = task
        }
        let result = await task.value
        asking = nil
        switch result {
        case .success(let found):
            current = found
            return found.value
        case .failure(let error):
            // The one at hand may be good for minutes yet.
            if let current, current.expiry.microseconds > clock.now.microseconds { return current.value }
            throw error
        }
    }

    /// The store does not take a token any more.
    func expire(_ token: String) { if current?.value == token { current = nil } }
}
