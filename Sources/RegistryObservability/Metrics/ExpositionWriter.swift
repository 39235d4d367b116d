//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Writes metrics in one of the text formats.
///
/// Every family is begun once, and its samples follow at once. Names and help texts come from the source; label values
/// and numbers may be anything.
package struct ExpositionWriter: ~Copyable {
    let format: ExpositionFormat
    private var buffer: TextBuffer
    private var name = ""

    /// - Parameter capacity: bytes expected.
    init(format: ExpositionFormat, capacity: Int) {
        self.format = format
        self.buffer = TextBuffer(capacity: capacity)
    }

    /// What a family is.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Begins a family.
    /// - Parameters:
    ///   - name: with `_total` if it is a counter.
    ///   - help: one line, of which no character needs an escape.
    package mutating func family(_ name: String, _ kind: Kind, help: String) {
        self.name = name
        switch format {
        case .text:
            describe("HELP", name, help)
            describe("TYPE", name, kind.rawValue)
        case .openMetrics:
            // OpenMetrics names a counter's family without the suffix of its sample.
            let family = kind == .counter && name.hasSuffix("_total") ? String(name.dropLast(6)) : name
            describe("TYPE", family, kind.rawValue)
            for unit in ["seconds", "bytes"] where family.hasSuffix("_\(unit)") { describe("UNIT", family, unit) }
            describe("HELP", family, help)
        }
    }

    /// Adds a sample with a whole number.
    /// - Parameters:
    ///   - suffix: what a histogram's sample has after the name.
    ///   - labels: `key="value",…` with escaped values; see ``label(_:_:)``.
    package mutating func sample(suffix: StaticString = "", labels: String = "", _ value: Int64) {
        begin(suffix, labels)
        buffer.append(value)
        buffer.append("\n")
    }

    /// Adds a sample with a number of any size, or none (NaN).
    package mutating func sample(labels: String = "", _ value: Double) {
        begin("", labels)
        buffer.append(value.expositionText(format))
        buffer.append("\n")
    }

    /// Adds a sample with a time in seconds, exact to the nanosecond.
    mutating func sample(suffix: StaticString = "", labels: String = "", nanoseconds: Int64) {
        begin(suffix, labels)
        buffer.append(nanoseconds: nanoseconds)
        buffer.append("\n")
    }

    /// A label ready for a sample: `key="value"`.
    package static func label(_ key: String, _ value: String) -> String {
        var text = "\(key)=\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// Ends the exposition and hands it out.
    consuming func finish() -> [UInt8] {
        if format == .openMetrics { buffer.append("# EOF\n") }
        return Array(buffer.bytes)
    }

    private mutating func begin(_ suffix: StaticString, _ labels: String) {
        buffer.append(name)
        buffer.append(suffix)
        if !labels.isEmpty {
            buffer.append("{")
            buffer.append(labels)
            buffer.append("}")
        }
        buffer.append(" ")
    }

    private mutating func describe(_ what: StaticString, _ family: String, _ text: String) {
        buffer.append("# ")
        buffer.append(what)
        buffer.append(" ")
        buffer.append(family)
        buffer.append(" ")
        buffer.append(text)
        buffer.append("\n")
    }
}
