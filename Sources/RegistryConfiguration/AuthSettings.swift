//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Who may do what.
package struct AuthSettings: Sendable, Equatable {
    /// How clients prove who they are.
    package var scheme: Scheme
    /// What each of them may do; nil to let everybody do whatever the scheme allows.
    package var policy: PolicySource?

    /// A way to find out who a client is.
    package enum Scheme: Sendable, Equatable {
        /// Nobody is asked.
        case none
        case silly(SillySettings)
        case htpasswd(HtpasswdSettings)
        case token(TokenSettings)
    }

    /// Where the rules stand.
    package enum PolicySource: Sendable, Equatable {
        /// In a file of their own, which is read again when it changes.
        case file(String)
        /// In the configuration.
        case inline(PolicySettings)
    }

    /// Creates settings; what is left out lets everybody in.
    package init(scheme: Scheme = .none, policy: PolicySource? = nil) {
        self.scheme = scheme
        self.policy = policy
    }
}

/// Distribution's scheme for tests: whoever sends any credentials is let in.
package struct SillySettings: Sendable, Equatable {
    package var realm: String
    package var service: String

    /// Creates settings.
    package init(realm: String, service: String) {
        self.realm = realm
        self.service = service
    }
}

/// Users with passwords, by HTTP's Basic scheme.
package struct HtpasswdSettings: Sendable, Equatable {
    /// What clients show when they ask for the password.
    package var realm: String
    /// The file of users, whose passwords are hashed with bcrypt.
    package var path: String

    /// Creates settings.
    package init(realm: String, path: String) {
        self.realm = realm
        self.path = path
    }
}
