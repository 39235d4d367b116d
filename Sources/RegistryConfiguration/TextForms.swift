//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

// Forms of text that several sections share.
extension ConfigurationNode.Scalar {
    /// Text with something in it, and without the character that ends text in C.
    func filledText() throws(InvalidValue) -> String {
        guard !text.isEmpty else { throw InvalidValue("must not be empty") }
        guard !text.utf8.contains(0) else { throw InvalidValue("must not contain a NUL character") }
        return text
    }

    /// A path of a socket, of at most 107 bytes, since `sun_path` has 108 and the last of them is 0.
    func socketPath() throws(InvalidValue) -> String {
        guard !text.utf8.contains(0) else { throw InvalidValue("must not contain a NUL character") }
        guard text.utf8.count <= 107 else { throw InvalidValue("a socket's path has at most 107 bytes") }
        return text
    }

    /// A regular expression in RE2's syntax.
    func pattern() throws(InvalidValue) -> Pattern {
        let text = try filledText()
        do throws(PatternError) {
            return try Pattern(text)
        } catch {
            throw InvalidValue("\(text.quoted) is no regular expression: it \(error)")
        }
    }

    /// A URL with http or https, whose path and query may hold anything that needs no space.
    func webAddress() throws(InvalidValue) -> String {
        let end = text.firstIndex { $0 == "?" || $0 == "#" } ?? text.endIndex
        let base = text[..<end]
        let start = base.firstRange(of: "://")?.upperBound ?? base.startIndex
        let path = base[start...].firstIndex(of: "/") ?? base.endIndex
        guard try ExternalHost.parse(Self(text: String(base[..<path]), isPlain: false)) != nil else {
            throw InvalidValue("must be a URL such as https://example.com/health")
        }
        guard text[path...].utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }), !text.contains("#") else {
            throw InvalidValue("must have no spaces, control characters or # in it")
        }
        return text
    }

    /// A decimal number that is not negative.
    func decimal() throws(InvalidValue) -> Double {
        guard let number = Double(decimal: text), number <= 1e9 else {
            throw InvalidValue("must be a number from 0 to 1000000000, not \(text.quoted)")
        }
        return number
    }

    /// A size from one bound to the other, in bytes.
    func bytes(from minimum: Int64, to maximum: Int64, _ bounds: String) throws(InvalidValue) -> Int64 {
        let bytes = try bytes()
        guard (minimum...maximum).contains(bytes) else { throw InvalidValue("must be \(bounds)") }
        return bytes
    }
}

extension Double {
    /// A number in decimal digits that is not negative, perhaps with a point, and with an exponent such as `1e-3`.
    ///
    /// Nothing else that the standard library takes for one: hexadecimal, `inf` and `nan` are slips of whoever wrote them.
    init?(decimal text: some StringProtocol) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isDecimal = text.utf8.allSatisfy { digits.contains($0) || ".eE+-".utf8.contains($0) }
        guard isDecimal, let first = text.utf8.first, first == UInt8(ascii: ".") || digits.contains(first) else {
            return nil
        }
        self.init(text)
    }
}

extension SectionReader {
    /// Reads a duration whose 0 is the default, as in distribution.
    func durationOrDefault(_ key: String, _ fallback: Duration) -> Duration {
        let duration = duration(key, default: fallback)
        return duration == .zero ? fallback : duration
    }

    /// Reads a whole number whose 0 is nothing.
    func count(_ key: String, default fallback: Int?) -> Int? {
        let number = integer(key, default: fallback ?? 0)
        return number == 0 ? nil : number
    }

    /// Reads a size whose 0 is nothing.
    func bytesOrNone(_ key: String, default fallback: Int64?) -> Int64? {
        value(key, default: fallback) { scalar throws(InvalidValue) in
            let bytes = try scalar.bytes()
            return bytes == 0 ? nil : bytes
        }
    }

    /// Reads text; nil where there is none.
    func text(_ key: String) -> String? {
        value(key, default: nil) { scalar throws(InvalidValue) in
            scalar.text.isEmpty ? nil : try scalar.filledText()
        }
    }

    /// Reads text that must be there.
    func requiredText(
        _ key: String,
        _ parse: (ConfigurationNode.Scalar) throws(InvalidValue) -> String = { scalar throws(InvalidValue) in
            try scalar.filledText()
        }
    ) -> String {
        required(key, default: "", message: "is required", parse)
    }
}
