//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationNode.Scalar {
    /// The truth value, in any spelling of YAML 1.1.
    ///
    /// Quoted text is refused: it is a word, whatever it says.
    func boolean() throws(InvalidValue) -> Bool {
        let truth: Bool? =
            switch text.lowercased() {
            case "true", "yes", "on", "y": true
            case "false", "no", "off", "n": false
            default: nil
            }
        guard let truth else { throw InvalidValue("must be true or false, not \(text.quoted)") }
        guard isPlain else { throw InvalidValue("must be true or false without quotes") }
        return truth
    }

    /// The whole number, in decimal digits, which may stand in quotes.
    func integer(atLeast minimum: Int) throws(InvalidValue) -> Int {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let isDecimal = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
        guard isDecimal, digits == "0" || !digits.hasPrefix("0") else {
            throw InvalidValue("must be a whole number, not \(text.quoted)")
        }
        guard let number = Int(text), number <= Int(Int32.max) else {
            throw InvalidValue("must not be above \(Int32.max)")
        }
        guard number >= minimum else { throw InvalidValue("must not be below \(minimum)") }
        return number
    }

    /// The duration in Go's form.
    func duration() throws(InvalidValue) -> Duration {
        if let duration = Duration(goText: text) {
            return duration
        }
        // Distribution takes a bare number for nanoseconds, which nobody who writes one means.
        if let number = Int(text) {
            throw InvalidValue("a duration needs a unit; write \(number)s")
        }
        throw InvalidValue("must be a duration such as 10s, 500ms or 1h30m, not \(text.quoted)")
    }

    /// The size in bytes: a whole number, with `KiB`, `MiB`, `GiB` or `TiB` behind it or nothing.
    /// - Parameter forms: what to tell somebody who wrote something else.
    func bytes(_ forms: String = "a size in bytes, KiB, MiB, GiB or TiB") throws(InvalidValue) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = Self.bytesPerUnit(text.dropFirst(digits.count)) else {
            throw InvalidValue("must be \(forms), not \(text.quoted)")
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow else { throw InvalidValue("is larger than any disk") }
        return bytes
    }

    private static func bytesPerUnit(_ name: Substring) -> Int64? {
        switch name {
        case "": 1
        case "KiB": 1 << 10
        case "MiB": 1 << 20
        case "GiB": 1 << 30
        case "TiB": 1 << 40
        default: nil
        }
    }

    /// One word of a fixed set, in any case.
    func word<Word: RawRepresentable<String> & CaseIterable>(of words: Word.Type) throws(InvalidValue) -> Word {
        if let word = Word(rawValue: text.lowercased()) { return word }
        let names = words.allCases.map(\.rawValue)
        throw InvalidValue(
            "must be \(names.dropLast().joined(separator: ", ")) or \(names.last ?? ""), not \(text.quoted)"
        )
    }
}
