//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL
import CPlimsoll

/// A private RSA key, for signatures of PKCS #1 v1.5 (RFC 8017 §8.2).
package final class RSASigningKey: Sendable {
    // Only read once it is there, which libcrypto lets any number of threads do.
    private nonisolated(unsafe) let key: OpaquePointer

    private static let mostSignatureBytes = 2048

    /// - Parameter pem: the key in PEM form, without a passphrase.
    /// - Returns: nil if there is no RSA key in it.
    package init?(pem: String) {
        var text = pem
        let found = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { plimsoll_private_key($0.baseAddress, $0.count) }
        }
        guard let found else { return nil }
        self.key = found
        guard EVP_PKEY_is_a(found, "RSA") == 1 else { return nil }
    }

    deinit { plimsoll_free_key(key) }

    package enum Hash: Sendable {
        /// `RS256` (RFC 7518 §3.3).
        case sha256
        /// For services that take nothing else.
        case sha1
    }

    /// Takes the processor for most of a millisecond, so not for event loops.
    /// - Returns: nil if libcrypto fails.
    package func sign(_ message: [UInt8], _ hash: Hash = .sha256) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        let algorithm = hash == .sha1 ? EVP_sha1() : EVP_sha256()
        guard EVP_DigestSignInit(context, nil, algorithm, nil, key) == 1 else { return nil }
        let signature = [UInt8](unsafeUninitializedCapacity: Self.mostSignatureBytes) { buffer, count in
            var length = buffer.count
            count = EVP_DigestSign(context, buffer.baseAddress, &length, message, message.count) == 1 ? length : 0
        }
        return signature.isEmpty ? nil : signature
    }
}
