//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A request with its trace, in a line.
package struct TraceSummary: Sendable, Equatable {
    let traceID: String
    let time: WallTime
    /// Nanoseconds.
    let duration: UInt64
    let status: String
    let name: String
    /// Repository and reference or digest, as far as they are known.
    let subject: String
    let reason: String
    let isError: Bool

    /// - Returns: nil for a span that is none of a request.
    init?(_ span: StoredSpan) {
        guard span.isRequest else { return nil }
        self.traceID = span.traceID
        self.time = WallTime(microseconds: Int64(clamping: span.start / 1000))
        self.duration = span.duration
        self.status = span[.status] ?? "-"
        self.name = span.name
        self.subject = Self.subject(span)
        self.reason = span[.samplingReason] ?? ""
        self.isError = span.isError
    }

    static func subject(_ span: StoredSpan) -> String {
        guard let repository = span[.repository] else { return "" }
        guard let reference = span[.reference] ?? span[.blobDigest] else { return repository }
        // The beginning of a digest is enough to tell them apart.
        return reference.contains(":") ? "\(repository)@\(reference.prefix(19))" : "\(repository):\(reference)"
    }

    /// Which requests are listed, and in which order.
    package enum Selection: Sendable {
        /// The latest, latest first.
        case recent
        /// The slowest, slowest first.
        case slowest
        /// The latest that failed, latest first.
        case errors
    }

    /// Picks requests out of files.
    /// - Parameter limit: how many at most.
    /// - Throws: ``LogFileError`` if a file cannot be read.
    package static func list(
        _ files: TraceFiles,
        _ selection: Selection,
        limit: Int
    ) throws(LogFileError) -> [TraceSummary] {
        var best: [TraceSummary] = []
        func isBefore(_ left: TraceSummary, _ right: TraceSummary) -> Bool {
            switch selection {
            case .slowest: left.duration > right.duration
            case .recent, .errors: left.time.microseconds > right.time.microseconds
            }
        }
        try files.read { spans in
            for summary in spans.compactMap(TraceSummary.init) {
                if case .errors = selection, !summary.isError { continue }
                best.append(summary)
            }
            guard best.count > max(1024, 4 * limit) else { return }
            best = Array(best.sorted(by: isBefore).prefix(limit))
        }
        return Array(best.sorted(by: isBefore).prefix(limit))
    }

    /// A table with a head, columns aligned.
    package static func table(_ summaries: [TraceSummary]) -> String {
        let rows =
            [["TIME", "TRACE", "DURATION", "STATUS", "REQUEST", "SUBJECT", "KEPT"]]
            + summaries.map {
                [
                    $0.time.readable, $0.traceID, Waterfall.milliseconds($0.duration), $0.status, $0.name, $0.subject,
                    $0.reason,
                ]
            }
        let widths = (0..<7).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 2 || column == 3 ? space + cell.0 : cell.0 + space
            }
            .joined(separator: "  ").trimmedEnd + "\n"
        }
        .joined()
    }
}

extension WallTime {
    /// `2026-11-24 05:23:26.123`, in UTC.
    var readable: String { "\(description.prefix(10)) \(description.dropFirst(11).prefix(12))" }
}

extension String {
    /// The text without spaces at its end.
    var trimmedEnd: String {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return String(self[...last])
    }
}
