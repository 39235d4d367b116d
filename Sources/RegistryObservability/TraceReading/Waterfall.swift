//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Draws a trace: what happened within what, when, and for how long.
package struct Waterfall: Sendable {
    private let spans: [StoredSpan]
    private let start: UInt64
    private let end: UInt64
    private let hasColour: Bool

    /// Columns of the picture.
    private static let width = 40

    /// - Parameters:
    ///   - spans: of one trace; at least one.
    ///   - hasColour: marks what failed in red, for terminals.
    package init(_ spans: [StoredSpan], hasColour: Bool) {
        self.spans = spans.sorted { ($0.start, $1.end) < ($1.start, $0.end) }
        self.start = spans.map(\.start).min() ?? 0
        self.end = spans.map(\.end).max() ?? 0
        self.hasColour = hasColour
    }

    /// The picture, a line a span, with a head above.
    package var text: String {
        let rows = rows()
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let timeWidth = rows.map(\.time.count).max() ?? 0
        return head + "\n"
            + rows.map { row in
                let name = row.name + String(repeating: " ", count: nameWidth - row.name.count)
                let time = String(repeating: " ", count: timeWidth - row.time.count) + row.time
                let line = "\(name)  \(time)  |\(row.bar)|  \(row.detail)".trimmedEnd
                return (hasColour && row.isError ? "\u{1b}[31m\(line)\u{1b}[0m" : line) + "\n"
            }
            .joined()
    }

    private var head: String {
        let time = WallTime(microseconds: Int64(clamping: start / 1000)).readable
        let reasons = Set(spans.compactMap { $0[.samplingReason] }).sorted().joined(separator: ", ")
        let facts = [
            "trace \(spans.first?.traceID ?? "")", "\(time) UTC", Self.milliseconds(end - start),
            spans.count == 1 ? "1 span" : "\(spans.count) spans", reasons.isEmpty ? nil : "kept: \(reasons)",
        ]
        return facts.compactMap(\.self).joined(separator: "   ")
    }

    private struct Row {
        let name: String
        let time: String
        let bar: String
        let detail: String
        let isError: Bool
    }

    /// Depth first, siblings by their start; spans whose parent is not there are at the top.
    private func rows() -> [Row] {
        let ids = Set(spans.map(\.id))
        let children = Dictionary(grouping: spans) { span in
            span.parentID.flatMap { ids.contains($0) && $0 != span.id ? $0 : nil }
        }
        var rows: [Row] = []
        // A file may hold anything, also spans that are their own ancestors: none is drawn twice.
        var drawn: Set<String> = []
        func add(_ span: StoredSpan, _ prefix: String, _ branch: String, _ below: String) {
            guard drawn.insert(span.id).inserted else { return }
            rows.append(row(span, prefix + branch + span.name))
            let inner = children[span.id] ?? []
            for (position, child) in inner.enumerated() {
                let isLast = position == inner.count - 1
                add(child, prefix + below, isLast ? "└─ " : "├─ ", isLast ? "   " : "│  ")
            }
        }
        for span in children[nil] ?? [] { add(span, "", "", "") }
        return rows
    }

    private func row(_ span: StoredSpan, _ name: String) -> Row {
        Row(
            name: Self.printable(name),
            time: Self.milliseconds(span.duration),
            bar: bar(span),
            detail: Self.printable(Self.detail(span)),
            isError: span.isError
        )
    }

    private func bar(_ span: StoredSpan) -> String {
        let total = Double(max(1, end - start))
        let first = min(Self.width - 1, Int(Double(span.start - start) / total * Double(Self.width)))
        let length = max(1, Int((Double(span.duration) / total * Double(Self.width)).rounded()))
        let last = min(Self.width, first + length)
        return String(repeating: " ", count: first) + String(repeating: "█", count: last - first)
            + String(repeating: " ", count: Self.width - last)
    }

    /// The facts that tell the span from others of its name.
    private static func detail(_ span: StoredSpan) -> String {
        var facts: [String] = []
        if span.isRequest {
            facts += [span[.status] ?? "-", TraceSummary.subject(span)]
            if let code = span[.errorCode] { facts.append(code) }
            if let dropped = span[.spansDropped] { facts.append("(\(dropped) more spans)") }
        } else {
            if let bytes = span[.bytes] { facts.append("\(bytes) bytes") }
            if let cache = span[.cache] { facts.append(cache) }
            if let result = span[.result] { facts.append(result) }
            if let type = span[.errorType] { facts.append("failed: \(type)") }
        }
        if !span.message.isEmpty { facts.append("— \(span.message)") }
        return facts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Three digits after the point, as many as a microsecond needs.
    static func milliseconds(_ nanoseconds: UInt64) -> String {
        let microseconds = nanoseconds / 1000
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) ms"
    }

    /// Control characters, which clients can put anywhere, must not reach a terminal.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{fffd}" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}
