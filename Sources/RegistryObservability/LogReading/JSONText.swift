//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Text in JSON.
enum JSONText {
    /// Decodes what stands between the quotes of a string whose form was checked.
    static func decode(_ raw: UnsafeBufferPointer<UInt8>) -> String {
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var units: [UInt8] = []
        units.reserveCapacity(raw.count)
        var position = 0
        while position < raw.count {
            let byte = raw[position]
            guard byte == UInt8(ascii: "\\"), position + 1 < raw.count else {
                units.append(byte)
                position += 1
                continue
            }
            let letter = raw[position + 1]
            position += 2
            guard letter == UInt8(ascii: "u") else {
                units.append(plain(letter))
                continue
            }
            var value = code(raw, at: position)
            position += 4
            // Two surrogates make one character.
            if (0xd800..<0xdc00).contains(value), position + 6 <= raw.count, raw[position] == UInt8(ascii: "\\"),
                raw[position + 1] == UInt8(ascii: "u")
            {
                let low = code(raw, at: position + 2)
                if (0xdc00..<0xe000).contains(low) {
                    value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
                    position += 6
                }
            }
            units.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{fffd}").utf8)
        }
        return String(decoding: units, as: UTF8.self)
    }

    /// Decodes journald's form of text that is not printable: `[104,97,0]`.
    static func decode(array raw: UnsafeBufferPointer<UInt8>) -> String? {
        var units: [UInt8] = []
        for item in raw[1..<(raw.count - 1)].split(separator: UInt8(ascii: ",")) {
            guard let unit = UInt8(String(decoding: item, as: UTF8.self).filter { $0 != " " }) else { return nil }
            units.append(unit)
        }
        return String(decoding: units, as: UTF8.self)
    }

    private static func plain(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }

    private static func code(_ raw: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt32 {
        (0..<4).reduce(0) { value, offset in
            let place = position + offset
            return value << 4 | (place < raw.count ? hexadecimal(raw[place]) ?? 0 : 0)
        }
    }

    static func hexadecimal(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(digit - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
