//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll

/// A key that signatures are verified with, and what it may be used for.
final class VerificationKey: Sendable {
    enum Kind: Sendable, Equatable {
        case rsa
        /// With the bits of its curve.
        case ec(Int)
        case ed25519
        case secret
    }

    let kind: Kind
    /// The one algorithm it may be used with; nil for all of its kind.
    let algorithm: SigningAlgorithm?
    /// libcrypto's key, which is only read; nil for a secret.
    nonisolated(unsafe) private let key: OpaquePointer?
    private let secret: [UInt8]

    private static let rsaBits = 2048...8192

    /// Takes over a key of libcrypto's.
    /// - Throws: if it is of another type, or too small to be safe.
    init(_ pointer: OpaquePointer?, algorithm: SigningAlgorithm? = nil) throws(AuthFileError) {
        guard let pointer else { throw AuthFileError("not a public key") }
        var bits: CInt = 0
        let type = plimsoll_key_type(pointer, &bits)
        let kind: Kind?
        switch Int(type) {
        case Int(PLIMSOLL_RSA): kind = .rsa
        case Int(PLIMSOLL_EC): kind = .ec(Int(bits))
        case Int(PLIMSOLL_ED25519): kind = .ed25519
        default: kind = nil
        }
        self.key = pointer
        self.secret = []
        self.algorithm = algorithm
        self.kind = kind ?? .secret
        guard kind != nil else {
            throw AuthFileError("a key that is not RSA, Ed25519, or on the curve P-256, P-384 or P-521")
        }
        guard kind != .rsa || Self.rsaBits.contains(Int(bits)) else {
            throw AuthFileError("an RSA key of \(bits) bits; 2048 to 8192 are taken")
        }
        guard algorithm == nil || algorithm?.keyKind == kind else {
            throw AuthFileError("a key whose alg is not for keys of its type")
        }
    }

    /// A secret that the token server shares with the registry.
    init(secret: [UInt8], algorithm: SigningAlgorithm?) throws(AuthFileError) {
        self.key = nil
        self.secret = secret
        self.kind = .secret
        self.algorithm = algorithm
        // RFC 7518 §3.2: as many bits as the digest.
        guard secret.count >= (algorithm?.digestBits ?? 256) / 8 else {
            throw AuthFileError("a secret that is shorter than its digest")
        }
        guard algorithm == nil || algorithm?.keyKind == .secret else {
            throw AuthFileError("a key whose alg is not for keys of its type")
        }
    }

    deinit { plimsoll_free_key(key) }

    /// Whether an algorithm may be used with this key.
    func goesWith(_ algorithm: SigningAlgorithm) -> Bool {
        guard algorithm.keyKind == kind, self.algorithm == nil || self.algorithm == algorithm else { return false }
        return kind != .secret || secret.count >= algorithm.digestBits / 8
    }

    /// Whether a signature is good; the algorithm goes with the key.
    func verifies(_ signature: [UInt8], of message: [UInt8], _ algorithm: SigningAlgorithm) -> Bool {
        let bits = CInt(algorithm.digestBits)
        let result =
            switch kind {
            case .secret:
                plimsoll_verify_hmac(
                    secret,
                    secret.count,
                    bits,
                    message,
                    message.count,
                    signature,
                    signature.count
                )
            case .ec(let curve) where signature.count == 2 * ((curve + 7) / 8):
                plimsoll_verify_ecdsa(key, bits, message, message.count, signature, signature.count)
            case .ec: CInt(0)
            case .rsa, .ed25519:
                plimsoll_verify(
                    key,
                    algorithm.isPSS ? 1 : 0,
                    bits,
                    message,
                    message.count,
                    signature,
                    signature.count
                )
            }
        return result == 1
    }

    /// The names that tokens may call the key by: the thumbprint of RFC 7638, and that of Docker's libtrust.
    var fingerprints: [String] {
        guard let key else { return [] }
        return [KeyFingerprint.thumbprint(key, kind), KeyFingerprint.libtrust(key)].compactMap(\.self)
    }
}
