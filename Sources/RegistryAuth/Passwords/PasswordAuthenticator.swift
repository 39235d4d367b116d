//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Distribution's scheme `htpasswd`: names and passwords by HTTP's Basic scheme.
package struct PasswordAuthenticator: Sendable {
    package let file: AuthFile<PasswordFile>
    private let challenge: String
    private let cache: CredentialCache<Principal>
    private let verifier: PasswordVerifier
    private let instruments: AuthInstruments

    /// How long a password that was right stays so without being hashed again.
    private static let lifetime = Duration.seconds(300)

    /// Reads the file of users, which blocks.
    /// - Parameters:
    ///   - realm: what clients show when they ask for the password.
    ///   - threads: how many passwords are verified at a time.
    ///   - maximumPending: how many different ones may wait.
    package init(
        realm: String,
        path: String,
        threads: Int,
        maximumPending: Int = 128,
        instruments: AuthInstruments
    ) throws(AuthFileError) {
        let cache = CredentialCache<Principal>()
        self.cache = cache
        self.file = try PasswordFile.open(path) { cache.removeAll() }
        self.challenge = "Basic realm=\(Challenge.quoted(realm))"
        self.verifier = PasswordVerifier(threads: threads, maximumPending: maximumPending, instruments: instruments)
        self.instruments = instruments
    }

    /// Finds out who sends a request.
    /// - Throws: why that cannot be told; the reason is `noCredentials` where none were given.
    func principal(of credentials: Credentials) async throws(Refusal) -> Principal {
        guard let header = credentials.authorization else { throw refusal(.noCredentials) }
        guard header.utf8.count <= Credentials.maximumBytes else { throw refusal(.credentialsMalformed, "too long") }
        let key = cache.key(of: header)
        if let principal = cache[key] {
            instruments.cache[.hit].add()
            return principal
        }
        guard let parameter = Credentials.parameter(of: header, "basic") else { throw refusal(.schemeUnsupported) }
        guard let basic = BasicCredentials(parameter) else {
            throw refusal(.credentialsMalformed, "not base64 of name:password in UTF-8")
        }
        guard !basic.areEmpty else { throw refusal(.noCredentials) }
        return try await verify(basic, key)
    }

    private func verify(_ basic: BasicCredentials, _ key: PasswordVerifier.Key) async throws(Refusal) -> Principal {
        instruments.cache[.miss].add()
        let (cache, generation) = (cache, cache.generation)
        let users = file.content
        let known = users.users[basic.user]
        let principal = Principal(name: basic.user)
        let isRight = await verifier.verify(
            basic.password,
            known ?? .unknown(cost: users.usualCost),
            key: key
        ) { isRight in
            guard isRight, known != nil else { return }
            cache.insert(principal, for: key, lifetime: Self.lifetime, since: generation)
        }
        guard let isRight else {
            throw Refusal(.failed, .busy, "too many passwords wait to be verified")
        }
        // Nothing of somebody unknown goes into the log: people type passwords where names belong.
        guard known != nil else { throw refusal(.userUnknown) }
        guard isRight else { throw refusal(.passwordWrong, "user \(basic.user)") }
        return principal
    }

    /// Asks for a password.
    func refusal(_ reason: AuthReason, _ detail: String? = nil) -> Refusal {
        var refusal = Refusal(.challenged, reason, detail)
        refusal.challenge = challenge
        return refusal
    }
}
