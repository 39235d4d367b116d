//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// Decides who a client is, and whether they may do what they ask for.
package struct AccessController: Sendable {
    private let scheme: Scheme
    private let policy: AuthFile<Policy>.Source?
    private let instruments: AuthInstruments

    /// How clients prove who they are.
    package enum Scheme: Sendable {
        case none
        case silly(realm: String, service: String)
        case htpasswd(PasswordAuthenticator)
        case token(TokenAuthenticator)

        package var name: AuthScheme {
            switch self {
            case .none: .none
            case .silly: .silly
            case .htpasswd: .htpasswd
            case .token: .token
            }
        }
    }

    /// - Parameter policy: the rules; nil to let everybody do whatever the scheme allows.
    package init(_ scheme: Scheme, policy: AuthFile<Policy>.Source? = nil, instruments: AuthInstruments) {
        self.scheme = scheme
        self.policy = policy
        self.instruments = instruments
    }

    /// Somebody let in, and why.
    package struct Admission: Sendable {
        package let grant: Grant
        package let reason: AuthReason
    }

    /// Decides about a request, and counts the decision.
    /// - Throws: why the client is not let in.
    package func admit(_ credentials: Credentials, to access: Access) async throws(Refusal) -> Admission {
        do {
            let admission = try await decide(credentials, access)
            count(.allowed, admission.reason)
            return admission
        } catch {
            count(error.result, error.reason)
            throw error
        }
    }

    /// Counts a refusal that came up after a client was let in.
    package func count(_ result: AuthResult, _ reason: AuthReason) {
        instruments.decisions[scheme.name][result][reason].add()
    }

    /// Whether a tag is set once and for all, whoever asks.
    package func isImmutable(_ tag: Tag, in name: RepositoryName) -> Bool {
        policy?.content.immutableRule(for: tag, in: name) != nil
    }

    private func decide(_ credentials: Credentials, _ access: Access) async throws(Refusal) -> Admission {
        let policy = policy?.content
        let certified = credentials.certificateName.map { Principal(name: $0) }
        // Only where rules say what such a user may: without them a certificate that opens a connection must not open what a
        // password or a token is asked for, as with distribution.
        if credentials.authorization == nil, let certified, policy != nil {
            return try apply(policy, to: certified, nil, access, nil)
        }
        switch scheme {
        case .none:
            return try apply(policy, to: certified, nil, access, nil)
        case .silly(let realm, let service):
            guard credentials.authorization != nil else {
                var refusal = Refusal(.challenged, .noCredentials)
                refusal.challenge = Challenge.bearer(realm: realm, service: service, scope: access.scope)
                throw refusal
            }
            return try apply(policy, to: Principal(name: "silly"), nil, access, nil)
        case .token(let authenticator):
            let identity = try authenticator.identity(of: credentials, for: access)
            return try apply(policy, to: identity.principal, identity.access, access, nil)
        case .htpasswd(let authenticator):
            do {
                let principal = try await authenticator.principal(of: credentials)
                return try apply(policy, to: principal, nil, access, nil)
            } catch {
                // Without credentials one may do what everybody may. The base is not among it: clients ask there how to
                // sign in, and those that are not asked there never bring what they have.
                guard error.reason == .noCredentials, let policy, access != .session else { throw error }
                return try apply(policy, to: nil, nil, access, error)
            }
        }
    }

    /// Asks the rules.
    /// - Parameter challenge: what somebody unknown is told where the rules do not let them in; nil to deny them.
    private func apply(
        _ policy: Policy?,
        to principal: Principal?,
        _ token: TokenAccess?,
        _ access: Access,
        _ challenge: Refusal?
    ) throws(Refusal) -> Admission {
        let grant = Grant(principal: principal, token: token, policy: policy)
        guard let policy else {
            return Admission(grant: grant, reason: principal == nil ? .anonymous : .verified)
        }
        let decision = policy.decide(access, by: principal)
        guard decision.isAllowed else {
            if let challenge { throw challenge }
            var refusal = Refusal(.denied, decision.reason, decision.text)
            refusal.principal = principal
            throw refusal
        }
        return Admission(grant: grant, reason: decision.reason)
    }
}

extension AuthFile where Content: Sendable {
    /// What a file says, or what was said once and for all.
    package enum Source: Sendable {
        case file(AuthFile)
        case fixed(Content)

        /// What holds now.
        package var content: Content {
            switch self {
            case .file(let file): file.content
            case .fixed(let content): content
            }
        }
    }
}
