//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Writes metrics in one of the text formats.
///
/// Every family is begun once, and its samples follow at once. Names and help texts come from the source; label values
/// and numbers may be anything.
package struct ExpositionWriter: ~Copyable {
    let format: ExpositionFormat
    var buffer: TextBuffer
    private(set) var name = ""
    /// Families that are asked for; all if empty.
    private let wanted: Set<String>
    /// Whether the present family is asked for; its samples are thrown away if not.
    private(set) var isWanted = true
    /// What was written of each family.
    private(set) var sizes: [FamilySize] = []

    /// What a family takes.
    struct FamilySize: Equatable {
        let name: String
        let limit: Int?
        var samples = 0
        var bytes = 0
        fileprivate var start = 0
    }

    /// - Parameters:
    ///   - capacity: bytes expected.
    ///   - names: of the families that are asked for; none for all.
    init(format: ExpositionFormat, capacity: Int, names: [String] = []) {
        self.format = format
        self.buffer = TextBuffer(capacity: capacity)
        self.wanted = Set(names)
    }

    /// Begins a family.
    package mutating func family(_ description: MetricDescription) {
        endFamily()
        name = description.name
        isWanted = wants(description)
        guard isWanted else { return }
        sizes.append(FamilySize(name: name, limit: description.maximumSamples, start: buffer.count))
        switch format {
        case .text:
            describe("HELP", name, description.help)
            describe("TYPE", name, description.kind == .info ? "gauge" : description.kind.rawValue)
        case .openMetrics:
            // OpenMetrics names a family without the suffix of its samples.
            let family = description.familyName
            describe("TYPE", family, description.kind.rawValue)
            if let unit = description.unit { describe("UNIT", family, unit) }
            describe("HELP", family, description.help)
        }
    }

    /// Adds a sample with a whole number.
    /// - Parameters:
    ///   - suffix: what a histogram's sample has after the name.
    ///   - labels: `key="value",…` with escaped values; see ``label(_:_:)``.
    package mutating func sample(suffix: StaticString = "", labels: String = "", _ value: Int64) {
        guard isWanted else { return }
        begin(suffix, labels)
        buffer.append(value)
        buffer.append("\n")
    }

    /// Adds a sample with a number of any size, or none (NaN).
    package mutating func sample(suffix: StaticString = "", labels: String = "", _ value: Double) {
        guard isWanted else { return }
        begin(suffix, labels)
        buffer.append(value.expositionText(format))
        buffer.append("\n")
    }

    /// Adds a sample with a time in seconds, exact to the nanosecond.
    mutating func sample(suffix: StaticString = "", labels: String = "", nanoseconds: Int64) {
        guard isWanted else { return }
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

    /// Ends the exposition and hands it out, with what each family takes of it.
    consuming func finish() -> (text: [UInt8], sizes: [FamilySize]) {
        endFamily()
        switch format {
        case .openMetrics: buffer.append("# EOF\n")
        case .text:
            // A comment, which only people read; OpenMetrics has none.
            guard sizes.isEmpty, !wanted.isEmpty else { break }
            buffer.append("# there is none of the families that name[] asks for\n")
        }
        return (Array(buffer.bytes), sizes)
    }

    /// Writes a sample's name and labels, and counts it.
    mutating func begin(_ suffix: StaticString, _ labels: String, _ bound: String = "") {
        sizes[sizes.count - 1].samples += 1
        buffer.append(name)
        buffer.append(suffix)
        if !labels.isEmpty || !bound.isEmpty {
            buffer.append("{")
            buffer.append(labels)
            if !labels.isEmpty, !bound.isEmpty { buffer.append(",") }
            buffer.append(bound)
            buffer.append("}")
        }
        buffer.append(" ")
    }

    private mutating func endFamily() {
        guard isWanted, let last = sizes.last else { return }
        sizes[sizes.count - 1].bytes = buffer.count - last.start
    }

    private func wants(_ description: MetricDescription) -> Bool {
        guard !wanted.isEmpty else { return true }
        var names = [description.name, description.familyName]
        if description.kind == .histogram { names += ["_bucket", "_sum", "_count"].map { description.name + $0 } }
        return names.contains { wanted.contains($0) }
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
