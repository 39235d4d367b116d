//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A set of Unicode scalars.
struct ScalarSet: Equatable {
    /// Of scalars' numbers; in order, and with something between two of them.
    private var ranges: [ClosedRange<UInt32>] = []

    init() {}

    init(_ ranges: ClosedRange<UInt32>...) { for range in ranges { insert(range) } }

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    /// - Parameter characters: of which each is in the set.
    init(anyOf characters: String) { for scalar in characters.unicodeScalars { insert(scalar.value...scalar.value) } }

    static let all = ScalarSet(0...0x10ffff)
    static let digits = ScalarSet(0x30...0x39)
    static let upper = ScalarSet(0x41...0x5a)
    static let lower = ScalarSet(0x61...0x7a)
    static let word = ScalarSet(0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a)
    static let space = ScalarSet(anyOf: "\t\n\u{c}\r ")

    /// The classes that have names in brackets, as in `[[:alpha:]]`.
    static let named: [String: ScalarSet] = [
        "alnum": ScalarSet(0x30...0x39, 0x41...0x5a, 0x61...0x7a), "alpha": ScalarSet(0x41...0x5a, 0x61...0x7a),
        "ascii": ScalarSet(0...0x7f), "blank": ScalarSet(anyOf: "\t "), "cntrl": ScalarSet(0...0x1f, 0x7f...0x7f),
        "digit": digits, "graph": ScalarSet(0x21...0x7e), "lower": lower, "print": ScalarSet(0x20...0x7e),
        "punct": ScalarSet(0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e),
        "space": ScalarSet(0x9...0xd, 0x20...0x20), "upper": upper, "word": word,
        "xdigit": ScalarSet(0x30...0x39, 0x41...0x46, 0x61...0x66),
    ]

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= scalar.value
    }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        var range = range
        // What touches it becomes one with it.
        ranges.removeAll { other in
            guard other.lowerBound <= range.upperBound + 1, range.lowerBound <= other.upperBound + 1 else {
                return false
            }
            range =
                min(range.lowerBound, other.lowerBound)...max(range.upperBound, other.upperBound)
            return true
        }
        ranges.insert(range, at: ranges.firstIndex { $0.lowerBound > range.upperBound } ?? ranges.count)
    }

    mutating func insert(_ other: ScalarSet) { for range in other.ranges { insert(range) } }

    var inverted: ScalarSet {
        var (inverted, next) = (ScalarSet(), UInt32(0))
        for range in ranges {
            if range.lowerBound > next { inverted.ranges.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10ffff { inverted.ranges.append(next...0x10ffff) }
        return inverted
    }

    var isASCII: Bool { ranges.last.map { $0.upperBound < 0x80 } ?? true }

    /// With the other case of each letter; for sets within ASCII.
    ///
    /// Two characters beyond ASCII count as letters of it: ſ as s, and the sign for kelvin as k (Unicode's simple folding).
    var folded: ScalarSet {
        var folded = self
        for letter in UInt32(0x41)...0x5a {
            guard [letter, letter | 0x20].contains(where: { number in ranges.contains { $0.contains(number) } }) else {
                continue
            }
            folded.insert(letter...letter)
            folded.insert(letter | 0x20...letter | 0x20)
            if letter == 0x4b { folded.insert(0x212a...0x212a) }
            if letter == 0x53 { folded.insert(0x17f...0x17f) }
        }
        return folded
    }
}
