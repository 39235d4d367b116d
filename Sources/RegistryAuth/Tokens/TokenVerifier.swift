//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// Decides whether a token is genuine, for this registry, and good now.
package struct TokenVerifier: Sendable {
    /// What the configuration says of tokens.
    package struct Settings: Sendable {
        package var realm: String
        package var service: String
        package var issuer: String
        package var algorithms: Set<SigningAlgorithm>
        /// Path of the token server on the registry's own host; nil to send clients to the realm.
        package var redirectPath: String?
        /// By how much clocks may differ.
        package var leeway: Duration

        package init(
            realm: String,
            service: String,
            issuer: String,
            algorithms: Set<SigningAlgorithm> = Set(SigningAlgorithm.allCases),
            redirectPath: String? = nil,
            leeway: Duration = .seconds(60)
        ) {
            self.realm = realm
            self.service = service
            self.issuer = issuer
            self.algorithms = algorithms
            self.redirectPath = redirectPath
            self.leeway = leeway
        }
    }

    /// What a good token says.
    package struct Identity: Sendable, Equatable {
        /// Nil for a token of nobody in particular, as token servers give them for anonymous pulls.
        package let principal: Principal?
        let access: TokenAccess
        /// Seconds since 1970, with the leeway in it.
        let expiry: Double
    }

    let settings: Settings
    let bundle: TrustBundle?
    let keys: KeySet?

    package init(_ settings: Settings, bundle: TrustBundle? = nil, keys: KeySet? = nil) {
        self.settings = settings
        self.bundle = bundle
        self.keys = keys
    }

    /// Verifies a token.
    /// - Parameter now: seconds since 1970.
    /// - Throws: the check that failed.
    package func verify(_ token: Substring, now: Double) throws(Refusal) -> Identity {
        let envelope = try TokenEnvelope(token)
        let algorithm = envelope.algorithm
        guard settings.algorithms.contains(algorithm) else {
            throw .token(.tokenAlgorithm, "alg is \(algorithm.rawValue), which auth.token.signingalgorithms leaves out")
        }
        let key = try key(of: envelope, now: now)
        guard key.goesWith(algorithm) else {
            throw .token(.tokenAlgorithm, "alg is \(algorithm.rawValue), which is not for the key")
        }
        guard key.verifies(envelope.signature, of: envelope.message, algorithm) else {
            throw .token(.tokenSignature, "the \(algorithm.rawValue) signature is wrong")
        }
        return try check(try envelope.claims(), now: now)
    }

    private func key(of envelope: TokenEnvelope, now: Double) throws(Refusal) -> VerificationKey {
        switch envelope.keyName {
        case .name(let name):
            if let key = keys?.keys[name] ?? bundle?.keys[name] { return key }
            let known = (keys.map { Array($0.keys.keys) } ?? []) + (bundle.map { Array($0.keys.keys) } ?? [])
            throw .token(
                .tokenKeyUnknown,
                "kid is \(name.shown); known are \(known.sorted().prefix(4).joined(separator: " "))"
            )
        case .chain(let chain):
            guard let roots = bundle?.roots, !roots.isEmpty, let leaf = chain.first else {
                throw .token(.tokenChain, "there is no certificate in auth.token.rootcertbundle")
            }
            if let problem = Certificate.problem(of: chain, roots: roots, time: Int64(now)) {
                throw .token(.tokenChain, "x5c: \(problem)")
            }
            do {
                return try leaf.key()
            } catch {
                throw .token(.tokenChain, "x5c: \(error)")
            }
        }
    }

    private func check(_ claims: StrictJSON, now: Double) throws(Refusal) -> Identity {
        guard let issuer = claims["iss"]?.string else { throw .token(.tokenIssuer, "no iss") }
        guard issuer == settings.issuer else {
            throw .token(.tokenIssuer, "iss is \(issuer.shown), not \(settings.issuer.shown)")
        }
        try checkAudience(claims["aud"])
        let expiry = try checkTimes(claims, now: now)
        var access = TokenAccess()
        if let claim = claims["access"], claim != .null {
            guard let read = TokenAccess(claim) else { throw .token(.tokenMalformed, "access is malformed") }
            access = read
        }
        guard let subject = claims["sub"], subject != .null else {
            return Identity(principal: nil, access: access, expiry: expiry)
        }
        guard let name = subject.string, name.utf8.count <= 255 else { throw .token(.tokenMalformed, "sub is no name") }
        return Identity(principal: name.isEmpty ? nil : Principal(name: name), access: access, expiry: expiry)
    }

    private func checkAudience(_ claim: StrictJSON?) throws(Refusal) {
        let audiences: [String]
        switch claim {
        case nil: throw .token(.tokenAudience, "no aud")
        case .string(let text): audiences = [text]
        case .array(let items):
            audiences = items.compactMap(\.string)
            guard audiences.count == items.count else { throw .token(.tokenMalformed, "aud has what is no text") }
        default: throw .token(.tokenMalformed, "aud is no text and no list")
        }
        guard audiences.contains(settings.service) else {
            let shown = audiences.prefix(4).map(\.shown).joined(separator: " ")
            throw .token(.tokenAudience, "aud is \(shown), not \(settings.service.shown)")
        }
    }

    /// - Returns: when the token ends, leeway included.
    private func checkTimes(_ claims: StrictJSON, now: Double) throws(Refusal) -> Double {
        func time(_ name: String) throws(Refusal) -> Double? {
            switch claims[name] {
            case nil: return nil
            // A bound far beyond all dates, so that differences fit in whole numbers.
            case .number(let seconds) where abs(seconds) < 1e12: return seconds
            default: throw .token(.tokenMalformed, "\(name) is no time")
            }
        }
        let leeway = Double(settings.leeway.components.seconds)
        let grace = "beyond the leeway of \(Int(leeway)) s"
        guard let expiry = try time("exp") else { throw .token(.tokenExpired, "no exp") }
        guard now < expiry + leeway else {
            throw .token(.tokenExpired, "exp was \(Int(now - expiry)) s ago, \(grace)")
        }
        for name in ["nbf", "iat"] {
            guard let start = try time(name), now + leeway < start else { continue }
            throw .token(.tokenNotYetValid, "\(name) is \(Int(start - now)) s ahead, \(grace)")
        }
        return expiry + leeway
    }
}
