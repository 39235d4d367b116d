//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL
package import RegistryTelemetry

/// Signs addresses that are good for a time.
///
/// Source: OpenStack Swift, "Temporary URL middleware".
package struct SwiftTemporaryURL: Sendable {
    private let key: String
    private let digest: SignatureDigest

    /// What a server takes; those before 2.18 know only SHA-1, those from 2.30 on take it no more unless they are told to.
    package enum SignatureDigest: String, Sendable, CaseIterable {
        case sha256, sha1
    }

    package init(key: String, _ digest: SignatureDigest) {
        self.key = key
        self.digest = digest
    }

    /// The query of the address.
    /// - Parameter path: of the address, decoded: `/v1/AUTH_account/container/object`.
    package func query(_ method: String, path: String, expiry: WallTime) -> String {
        let end = expiry.microseconds / 1_000_000
        let mac = hmac("\(method)\n\(end)\n\(path)")
        let hex = mac.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "temp_url_sig=\(hex)&temp_url_expires=\(end)"
    }

    private func hmac(_ text: String) -> [UInt8] {
        let (key, bytes) = (Array(key.utf8), Array(text.utf8))
        guard digest == .sha1 else { return Digesting.hmac(key, text) }
        return [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
            HMAC(EVP_sha1(), key, CInt(key.count), bytes, bytes.count, buffer.baseAddress, nil)
            count = 20
        }
    }
}
