//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension PatternParser {
    /// What stands in brackets, of which the first has been taken.
    mutating func scalarClass() throws(PatternError) -> ScalarSet {
        let isInverted = take("^")
        var (set, isFirst) = (ScalarSet(), true)
        while isFirst || next != "]" {
            isFirst = false
            if let named = try namedClass() {
                set.insert(named)
                continue
            }
            if next == "\\" {
                _ = take()
                if let perl = perlClass() {
                    set.insert(perl)
                    continue
                }
                set.insert(try range(from: try escaped()))
            } else if let low = take() {
                set.insert(try range(from: low))
            } else {
                throw PatternError("has a [ without its ]")
            }
        }
        _ = take()
        return isInverted ? set.inverted : set
    }

    private mutating func range(from low: Unicode.Scalar) throws(PatternError) -> ScalarSet {
        var lookahead = self
        guard lookahead.take("-"), lookahead.next != "]", lookahead.next != nil else {
            return try cased(ScalarSet(low))
        }
        self = lookahead
        guard let first = take() else { throw PatternError("has a [ without its ]") }
        let high = first == "\\" ? try escaped() : first
        guard low.value <= high.value else { throw PatternError("has a range from \(high) down to \(low)") }
        return try cased(ScalarSet(low.value...high.value))
    }

    /// A class such as `[:alpha:]`.
    private mutating func namedClass() throws(PatternError) -> ScalarSet? {
        var lookahead = self
        guard lookahead.take("[:"), let name = lookahead.take(before: ":]") else { return nil }
        let isInverted = name.hasPrefix("^")
        guard let set = ScalarSet.named[isInverted ? String(name.dropFirst()) : name] else {
            throw PatternError("names a class that there is not: [:\(name):]")
        }
        self = lookahead
        return isInverted ? try cased(set).inverted : try cased(set)
    }

    /// The class of a letter behind `\`, which has been taken.
    mutating func perlClass() -> ScalarSet? {
        let set: ScalarSet
        switch next {
        case "d", "D": set = .digits
        case "w", "W": set = .word
        case "s", "S": set = .space
        default: return nil
        }
        let isInverted = take().map { ScalarSet.upper.contains($0) } == true
        // These are within ASCII, so that ignoring their case is known.
        let cased = (try? cased(set)) ?? set
        return isInverted ? cased.inverted : cased
    }

    /// The character that is meant by what follows `\`, which has been taken.
    mutating func escaped() throws(PatternError) -> Unicode.Scalar {
        guard let scalar = take() else { throw PatternError("ends with \\") }
        switch scalar {
        case "a": return "\u{7}"
        case "f": return "\u{c}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{b}"
        case "x": return try hexadecimal()
        case "p", "P": throw PatternError("has a class of Unicode with \\\(scalar), which is not known here")
        case "0": return try octal(0)
        case "1"..."7":
            guard let following = next, ("0"..."7").contains(following) else {
                throw PatternError("refers back with \\\(scalar), which RE2 does not know")
            }
            return try octal(scalar.value - 0x30)
        default:
            let isPunctuation = scalar.isASCII && ScalarSet.named["alnum"]?.contains(scalar) == false
            guard isPunctuation else { throw PatternError("has \\\(scalar), which means nothing") }
            return scalar
        }
    }

    /// Up to three digits, of which the first has been taken.
    private mutating func octal(_ first: UInt32) throws(PatternError) -> Unicode.Scalar {
        var number = first
        for _ in 0..<2 {
            guard let digit = next, ("0"..."7").contains(digit) else { break }
            _ = take()
            number = number * 8 + digit.value - 0x30
        }
        return try scalar(number)
    }

    private mutating func hexadecimal() throws(PatternError) -> Unicode.Scalar {
        let digits: String
        if take("{") {
            digits = take(before: "}") ?? ""
        } else {
            digits = [take(), take()].compactMap(\.self).reduce(into: "") { $0.unicodeScalars.append($1) }
            guard digits.unicodeScalars.count == 2 else { throw PatternError("has \\x without its digits") }
        }
        let isNumber = digits.unicodeScalars.allSatisfy { ScalarSet.named["xdigit"]?.contains($0) == true }
        guard isNumber, let number = UInt32(digits, radix: 16) else { throw PatternError("has \\x without its digits") }
        return try scalar(number)
    }

    private func scalar(_ number: UInt32) throws(PatternError) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(number) else { throw PatternError("names a character that there is not") }
        return scalar
    }
}
