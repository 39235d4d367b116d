//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Requests, bytes and errors, grouped by something; most bytes first.
package struct Totals: LogQuery {
    private let grouping: Grouping
    private var groups: [String: Group] = [:]

    /// What rows stand for.
    package enum Grouping: Sendable {
        /// Repositories; requests that are about none are left out.
        case repository
        /// Programs behind the user agents.
        case client
    }

    private struct Group {
        var requests: Int64 = 0
        var refused: Int64 = 0
        var failed: Int64 = 0
        var aborted: Int64 = 0
        var bytesIn: Int64 = 0
        var bytesOut: Int64 = 0
        var times = QuantileSketch()
        var last: String?
    }

    package init(by grouping: Grouping) { self.grouping = grouping }

    package mutating func take(_ line: LogLine) {
        guard line.isRequest, let key = line.text(grouping == .repository ? .repository : .client) else { return }
        var group = groups[key] ?? Group()
        group.requests += 1
        if line.has(.outcome, "refused") { group.refused += 1 }
        if line.has(.outcome, "failed") { group.failed += 1 }
        if line.has(.outcome, "aborted") { group.aborted += 1 }
        group.bytesIn.add(saturating: line.number(.bytesIn) ?? 0)
        group.bytesOut.add(saturating: line.number(.bytesOut) ?? 0)
        if let duration = line.number(.duration) { group.times.add(duration) }
        group.last = line.text(.time)
        groups[key] = group
    }

    package func answer(top: Int?) -> ResultTable {
        var table = ResultTable([
            .init(grouping == .repository ? "repository" : "client"), .init("requests", .count),
            .init("bytes_out", .bytes), .init("bytes_in", .bytes), .init("refused", .count), .init("failed", .count),
            .init("aborted", .count), .init("p99_us", .microseconds), .init("last"),
        ])
        let sorted = groups.sorted {
            ($0.value.bytesIn + $0.value.bytesOut, $0.value.requests, $1.key)
                > ($1.value.bytesIn + $1.value.bytesOut, $1.value.requests, $0.key)
        }
        for (key, group) in sorted.prefix(top ?? .max) {
            table.add([
                .text(key), .number(group.requests), .number(group.bytesOut), .number(group.bytesIn),
                .number(group.refused), .number(group.failed), .number(group.aborted),
                .number(group.times.quantile(0.99)), .init(group.last),
            ])
        }
        table.omitted = sorted.count - table.rows.count
        return table
    }
}
