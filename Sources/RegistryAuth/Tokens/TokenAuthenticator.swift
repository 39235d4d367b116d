//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
package import RegistryTelemetry

/// Distribution's scheme `token`: tokens of a token server, by the Bearer scheme.
package struct TokenAuthenticator: Sendable {
    package let bundle: AuthFile<TrustBundle>?
    package let keys: AuthFile<KeySet>?
    private let settings: TokenVerifier.Settings
    private let cache: CredentialCache<TokenVerifier.Identity>
    private let instruments: AuthInstruments

    /// How long a verified token is believed without looking again.
    private static let lifetime = 300.0

    /// Reads the files of keys, which blocks.
    /// - Parameters:
    ///   - bundlePath: `auth.token.rootcertbundle`; nil for none.
    ///   - keysPath: `auth.token.jwks`; nil for none.
    package init(
        _ settings: TokenVerifier.Settings,
        bundlePath: String?,
        keysPath: String?,
        instruments: AuthInstruments
    ) throws(AuthFileError) {
        let cache = CredentialCache<TokenVerifier.Identity>()
        func read<Content>(
            _ path: String?,
            _ key: String,
            _ parse: @escaping @Sendable (String) throws(AuthFileError) -> AuthFile<Content>.Parsed
        ) throws(AuthFileError) -> AuthFile<Content>? {
            guard let path else { return nil }
            do {
                return try AuthFile(path: path, parse: parse, onChange: { cache.removeAll() })
            } catch {
                throw AuthFileError("auth.token.\(key): \(path): \(error)")
            }
        }
        self.bundle = try read(bundlePath, "rootcertbundle") { text throws(AuthFileError) in
            let bundle = try TrustBundle(text)
            return .init(bundle, count: bundle.keys.count)
        }
        self.keys = try read(keysPath, "jwks") { text throws(AuthFileError) in
            let keys = try KeySet(text)
            return .init(keys, count: keys.keys.count, ignored: keys.ignored)
        }
        self.settings = settings
        self.cache = cache
        self.instruments = instruments
    }

    /// Finds out what the token of a request says.
    /// - Throws: why it is not good.
    func identity(of credentials: Credentials, for access: Access) throws(Refusal) -> TokenVerifier.Identity {
        do throws(Refusal) {
            let identity = try verify(credentials)
            guard identity.access.grants(access) else {
                var refusal = Refusal.token(.tokenScope, "the token does not grant \(access.scope)")
                refusal.principal = identity.principal
                throw refusal
            }
            return identity
        } catch {
            var refusal = error
            refusal.challenge = challenge(credentials, access, Self.code(of: error.reason))
            throw refusal
        }
    }

    private func verify(_ credentials: Credentials) throws(Refusal) -> TokenVerifier.Identity {
        guard let header = credentials.authorization else { throw Refusal(.challenged, .noCredentials) }
        guard header.utf8.count <= Credentials.maximumBytes else {
            throw .token(.tokenMalformed, "longer than \(Credentials.maximumBytes) bytes")
        }
        let now = Double(WallTime.now.microseconds) / 1e6
        let key = cache.key(of: header)
        if let identity = cache[key], now < identity.expiry {
            instruments.cache[.hit].add()
            return identity
        }
        guard let token = Credentials.parameter(of: header, "bearer") else {
            throw Refusal(.challenged, .schemeUnsupported)
        }
        instruments.cache[.miss].add()
        let generation = cache.generation
        let verifier = TokenVerifier(settings, bundle: bundle?.content, keys: keys?.content)
        let identity = try verifier.verify(token, now: now)
        cache.insert(
            identity,
            for: key,
            lifetime: .seconds(min(Self.lifetime, identity.expiry - now)),
            since: generation
        )
        return identity
    }

    /// What the client is told: no more than RFC 6750 §3.1 has words for.
    private static func code(of reason: AuthReason) -> String? {
        switch reason {
        case .noCredentials, .schemeUnsupported: nil
        case .tokenScope: "insufficient_scope"
        default: "invalid_token"
        }
    }

    /// Sends the client to the token server.
    func challenge(_ credentials: Credentials, _ access: Access, _ error: String?) -> String {
        var realm = settings.realm
        if let path = settings.redirectPath, let host = credentials.host { realm = "https://\(host)\(path)" }
        var scope = access.scope
        if let source = credentials.mountSource, let name = try? RepositoryName(source) {
            scope += " " + Access.repository(name, .pull).scope
        }
        return Challenge.bearer(realm: realm, service: settings.service, scope: scope, error: error)
    }
}
