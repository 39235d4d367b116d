//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Changes bytes as a fuzzer does, always in the same way for the same seed.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    /// Numbers of SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var number = state
        number = (number ^ (number >> 30)) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ (number >> 27)) &* 0x94d0_49bb_1331_11eb
        return number ^ (number >> 31)
    }

    private mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(next() % UInt64(limit)) : 0 }

    /// Bytes and texts that parsers take for something.
    private static let words: [[UInt8]] =
        [
            "\0", "\r\n", "%00", "%2f", "%2e%2e", "/", "..", "=", ";", ",", "\"", "\\", "{", "}", "[", "]", ":", "-",
            "9",
            "99999999999999999999", "-1", "0x", "\u{feff}", "\u{1f600}", "null", "true", "&a", "*a", "!!", "\n- ", "e9",
            "\\u0000", "\\ud800",
        ].map { Array($0.utf8) } + [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x7f], [0x80], [0xfe, 0xff]]

    /// A change of some bytes.
    /// - Parameter other: another input, to take a part of.
    mutating func mutated(_ bytes: [UInt8], with other: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) {
            let place = below(bytes.count + 1)
            let length = min(below(16) + 1, bytes.count - place)
            switch below(8) {
            case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
            case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.removeSubrange(place..<(place + length))
            case 3: bytes.insert(contentsOf: bytes[place..<(place + length)], at: below(bytes.count + 1))
            case 4: bytes.removeSubrange(place...)
            case 5:
                let start = below(other.count + 1)
                bytes.insert(contentsOf: other[start..<min(other.count, start + 64)], at: place)
            case 6 where length > 0:
                bytes.insert(contentsOf: Array(repeating: bytes[place], count: 1 << below(9)), at: place)
            default: bytes.insert(contentsOf: Self.words[below(Self.words.count)], at: place)
            }
        }
        return bytes
    }
}
