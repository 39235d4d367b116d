//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Base64 of RFC 4648, strictly: no character outside the alphabet, no bits left over.
package enum Base64 {
    package enum Alphabet {
        /// `+` and `/`; padded, or without padding, as some clients send it.
        case standard
        /// `-` and `_`; never padded, as RFC 7515 has it.
        case url
    }

    /// - Returns: nil for what is not base64.
    package static func decode(_ text: some Sequence<UInt8>, _ alphabet: Alphabet) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count, padding, length) = (UInt32(0), 0, 0, 0)
        for character in text {
            length += 1
            if character == UInt8(ascii: "="), alphabet == .standard {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: character, alphabet) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        guard count < 6, bits == 0, padding == 0 || (padding <= 2 && length % 4 == 0) else { return nil }
        return bytes
    }

    /// In the standard alphabet, padded.
    package static func encode(_ bytes: [UInt8]) -> String {
        String(
            decoding: Base64URL.encode(bytes).utf8.map { byte in
                switch byte {
                case UInt8(ascii: "-"): UInt8(ascii: "+")
                case UInt8(ascii: "_"): UInt8(ascii: "/")
                default: byte
                }
            },
            as: UTF8.self
        )
    }

    private static func value(of character: UInt8, _ alphabet: Alphabet) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+") where alphabet == .standard: 62
        case UInt8(ascii: "-") where alphabet == .url: 62
        case UInt8(ascii: "/") where alphabet == .standard: 63
        case UInt8(ascii: "_") where alphabet == .url: 63
        default: nil
        }
    }
}
