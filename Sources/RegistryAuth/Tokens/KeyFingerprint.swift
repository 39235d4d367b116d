//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel

/// Names of keys that are made of the keys themselves.
enum KeyFingerprint {
    private static let capacity = 2048

    /// The JWK thumbprint of RFC 7638: SHA-256 of the required members in the order of their names, in base64url.
    static func thumbprint(_ key: OpaquePointer, _ kind: VerificationKey.Kind) -> String? {
        let members: String
        switch kind {
        case .rsa:
            guard let n = number("n", of: key), let e = number("e", of: key) else { return nil }
            members = #"{"e":"\#(base64(e))","kty":"RSA","n":"\#(base64(n))"}"#
        case .ec(let bits):
            guard let x = number("qx", of: key), let y = number("qy", of: key) else { return nil }
            let count = (bits + 7) / 8
            let (xText, yText) = (base64(padded(x, to: count)), base64(padded(y, to: count)))
            members = #"{"crv":"P-\#(bits)","kty":"EC","x":"\#(xText)","y":"\#(yText)"}"#
        case .ed25519:
            guard let x = bytes({ plimsoll_key_raw(key, $0, $1) }) else { return nil }
            members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(base64(x))"}"#
        case .secret: return nil
        }
        return base64(sha256(Array(members.utf8)))
    }

    /// libtrust's, which Docker's token servers use: base32 of 240 bits of the SHA-256 of the key in DER, in groups of four.
    static func libtrust(_ key: OpaquePointer) -> String? {
        guard let der = bytes({ plimsoll_key_der(key, $0, $1) }) else { return nil }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (text, bits, count) = ("", UInt32(0), UInt32(0))
        for byte in sha256(der).prefix(30) {
            (bits, count) = (bits << 8 | UInt32(byte), count + 8)
            while count >= 5 {
                count -= 5
                if text.count % 5 == 4 { text += ":" }
                text.append(alphabet[Int(bits >> count & 31)])
            }
        }
        return text
    }

    private static func number(_ name: String, of key: OpaquePointer) -> [UInt8]? {
        bytes { plimsoll_key_number(key, name, $0, $1) }
    }

    private static func bytes(_ fill: (UnsafeMutablePointer<UInt8>?, Int) -> Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = fill(buffer.baseAddress, capacity)
        }
        return bytes.isEmpty ? nil : bytes
    }

    private static func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: max(0, count - bytes.count)) + bytes
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var (state, digest) = (plimsoll_sha256(), [UInt8](repeating: 0, count: 32))
        plimsoll_sha256_init(&state)
        plimsoll_sha256_update(&state, bytes, bytes.count)
        plimsoll_sha256_final(&state, &digest)
        return digest
    }

    private static func base64(_ bytes: [UInt8]) -> String { Base64URL.encode(bytes, isPadded: false) }
}
