//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL
import CPlimsoll
import NIOCore
import RegistryModel
import RegistryStorage

/// What signatures are made of.
package enum Digesting {
    /// HMAC-SHA256 of RFC 2104.
    package static func hmac(_ key: [UInt8], _ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            plimsoll_hmac_sha256(key, key.count, bytes, bytes.count, base)
            count = 32
        }
    }

    /// SHA-256 in lower-case hexadecimal.
    package static func sha256(_ text: String) -> String {
        var hasher = ContentHasher(.sha256)
        var text = text
        text.withUTF8 { hasher.update(UnsafeRawBufferPointer($0)) }
        return String(hasher.digest.hex)
    }

    /// Of bytes that are to be sent: long, so not for event loops.
    package static func sha256(_ content: ObjectBytes) -> String {
        var hasher = ContentHasher(.sha256)
        for buffer in content.buffers { buffer.withUnsafeReadableBytes { hasher.update($0) } }
        return String(hasher.digest.hex)
    }

    /// MD5, which protects nothing: some requests of S3 must have it as a checksum.
    package static func md5(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            EVP_Digest(bytes, bytes.count, buffer.baseAddress, nil, EVP_md5(), nil)
            count = 16
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Base64 of RFC 4648 §4, padded.
    package static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let rest = bytes[start..<min(start + 3, bytes.count)]
            let word = rest.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - rest.count))
            for place in 0..<4 {
                text.append(
                    place <= rest.count ? alphabet[Int(word >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "=")
                )
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
