//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The algorithms that tokens are signed with (RFC 7518 §3.1, RFC 8037 §3.1); there is no `none`.
package enum SigningAlgorithm: String, Sendable, CaseIterable {
    case edDSA = "EdDSA"
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"

    /// Bits of the digest; 0 where the algorithm has none of its own.
    var digestBits: Int {
        switch self {
        case .edDSA: 0
        case .hs256, .rs256, .es256, .ps256: 256
        case .hs384, .rs384, .es384, .ps384: 384
        case .hs512, .rs512, .es512, .ps512: 512
        }
    }

    /// The one kind of key that it goes with: a public key is never taken for a secret.
    var keyKind: VerificationKey.Kind {
        switch self {
        case .edDSA: .ed25519
        case .hs256, .hs384, .hs512: .secret
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .ec(256)
        case .es384: .ec(384)
        case .es512: .ec(521)
        }
    }

    var isPSS: Bool {
        switch self {
        case .ps256, .ps384, .ps512: true
        default: false
        }
    }
}
