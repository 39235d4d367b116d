//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How clients prove who they are, as metric label `scheme`.
package enum AuthScheme: String, Sendable, CaseIterable {
    case none, silly, htpasswd, token
}

/// What became of a request at the door, as metric label `result` and log field `auth_result`.
package enum AuthResult: String, Sendable, CaseIterable {
    case allowed
    /// 401: the client is asked for credentials, or for better ones.
    case challenged
    /// 403: it is known who it is, and that they may not.
    case denied
    /// 503: the server could not find out.
    case failed
}

/// Why, as metric label `reason` and log field `auth_reason`.
package enum AuthReason: String, Sendable, CaseIterable {
    // Allowed.
    /// The credentials are good, and good for this.
    case verified
    /// Everybody may do this.
    case anonymous

    // Who it is.
    case noCredentials = "no_credentials"
    case credentialsMalformed = "credentials_malformed"
    /// The credentials are of another scheme.
    case schemeUnsupported = "scheme_unsupported"
    case userUnknown = "user_unknown"
    case passwordWrong = "password_wrong"
    /// More passwords wait to be verified than there is room for.
    case busy

    // Tokens.
    case tokenMalformed = "token_malformed"
    /// An algorithm that is not allowed, or not one of its key.
    case tokenAlgorithm = "token_algorithm"
    case tokenKeyUnknown = "token_key_unknown"
    case tokenChain = "token_chain"
    case tokenSignature = "token_signature"
    case tokenIssuer = "token_issuer"
    case tokenAudience = "token_audience"
    case tokenExpired = "token_expired"
    case tokenNotYetValid = "token_not_yet_valid"
    /// The token is good, and does not grant this.
    case tokenScope = "token_scope"

    // What they may do.
    /// A rule says no.
    case ruleDenies = "rule_denies"
    /// No rule says yes.
    case noRule = "no_rule"
    case userReadOnly = "user_read_only"
    case tagImmutable = "tag_immutable"
}

/// What a question to the cache of verified credentials came to, as metric label `result`.
package enum AuthCacheResult: String, Sendable, CaseIterable {
    case hit, miss
    /// Others were just waiting for the same answer.
    case joined
}
