//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryAuth
import RegistryConfiguration
import RegistryModel
import RegistryTelemetry

/// Whether somebody may do something, and why.
struct AccessExplanation {
    private(set) var isAllowed = true
    private(set) var reasons: [String] = []

    /// Asks what the server would ask, without a password or token at hand.
    init(
        _ settings: AuthSettings,
        user: String?,
        _ certified: CertifiedUser? = nil,
        _ actions: RepositoryActions,
        in name: RepositoryName,
        tag: Tag?
    ) throws(StartFailure) {
        let policy = try AccessControl.policy(settings)
        if let certified { reasons.append(certified.text) }
        if certified?.isTurnedAway == true {
            isAllowed = false
            return
        }
        // A certificate takes the place of credentials where there are rules, and nowhere else.
        let isCertified = certified?.name != nil && policy != nil
        switch settings.scheme {
        case _ where isCertified: break

        case .none: reasons.append("auth.none: nobody is asked who they are")
        case .silly: reasons.append("auth.silly: any credentials are taken; whoever brings some is called silly")
        case .htpasswd(let htpasswd): try checkUser(certified == nil ? user : nil, htpasswd, hasPolicy: policy != nil)
        case .token(let token):
            reasons.append("auth.token: the token must grant repository:\(name):\(actions) for \(token.service)")
        }
        guard isAllowed else { return }
        guard let policy else {
            reasons.append("there is no auth.policy: whoever is let in may do everything")
            return
        }
        let principal = (certified?.name ?? user).map { Principal(name: $0) }
        for (_, action) in RepositoryActions.names where actions.contains(action) {
            let decision = policy.decide(action, in: name, by: principal)
            reasons.append(decision.text)
            isAllowed = isAllowed && decision.isAllowed
        }
        guard let tag, actions != .pull, let rule = policy.immutableRule(for: tag, in: name) else { return }
        if actions.contains(.delete) {
            isAllowed = false
            reasons.append("the tag \(tag) is immutable by \(rule.place)")
        } else {
            reasons.append("the tag \(tag) is immutable by \(rule.place): it can be set once, and not be moved")
        }
    }

    private mutating func checkUser(_ user: String?, _ htpasswd: HtpasswdSettings, hasPolicy: Bool)
        throws(StartFailure)
    {
        guard let user else {
            isAllowed = hasPolicy
            reasons.append(
                hasPolicy
                    ? "auth.htpasswd: without credentials one may do what the policy lets everyone do"
                    : "auth.htpasswd: credentials are asked for"
            )
            return
        }
        let file: AuthFile<PasswordFile>
        do throws(AuthFileError) {
            file = try PasswordFile.open(htpasswd.path)
        } catch {
            throw StartFailure(message: "auth.htpasswd.path: \(htpasswd.path): \(error)")
        }
        isAllowed = file.content.users[user] != nil
        let place = "in \(htpasswd.path)"
        reasons.append(
            isAllowed ? "auth.htpasswd: \(user) is \(place)" : "auth.htpasswd: there is no user \(user) \(place)"
        )
    }
}
