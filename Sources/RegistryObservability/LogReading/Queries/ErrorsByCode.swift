//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Error answers and requests that were broken off, by code; most frequent first.
package struct ErrorsByCode: LogQuery {
    private var groups: [Key: Group] = [:]

    private struct Key: Hashable {
        let code: String?
        let status: Int64?
        let route: String?
        let outcome: String?

        /// For an order that is the same each time.
        var text: String { "\(code ?? "") \(status ?? 0) \(route ?? "") \(outcome ?? "")" }
    }

    private struct Group {
        var count: Int64 = 0
        var last: String?
        var requestID: String?
        var detail: String?
    }

    package init() {}

    package mutating func take(_ line: LogLine) {
        guard line.isRequest, !line.has(.outcome, "ok") else { return }
        let key = Key(
            code: line.text(.errorCode),
            status: line.number(.status),
            route: line.text(.route),
            outcome: line.text(.outcome)
        )
        groups[key, default: Group()].count += 1
        groups[key]?.last = line.text(.time)
        groups[key]?.requestID = line.text(.requestID)
        groups[key]?.detail = line.text(.errorCause) ?? line.text(.errorDetail)
    }

    package func answer(top: Int?) -> ResultTable {
        var table = ResultTable([
            .init("count", .count), .init("error_code"), .init("status", .count), .init("route"), .init("outcome"),
            .init("last"), .init("last_request_id"), .init("last_detail"),
        ])
        let sorted = groups.sorted { ($0.value.count, $1.key.text) > ($1.value.count, $0.key.text) }
        for (key, group) in sorted.prefix(top ?? .max) {
            table.add([
                .number(group.count), .init(key.code), .init(key.status), .init(key.route), .init(key.outcome),
                .init(group.last), .init(group.requestID), .init(group.detail),
            ])
        }
        table.omitted = sorted.count - table.rows.count
        return table
    }
}
