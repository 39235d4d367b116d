//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The requests that took longest.
package struct SlowestRequests: LogQuery {
    private var rows: TopRows<[ResultTable.Value]>

    /// - Parameter top: as many as will be asked for; nil for all.
    package init(top: Int?) { self.rows = TopRows(limit: top.map { max(1, $0) }) }

    package mutating func take(_ line: LogLine) {
        guard line.isRequest, let duration = line.number(.duration) else { return }
        rows.offer(duration) {
            [
                .number(duration), .init(line.text(.time)), .init(line.text(.method)), .init(line.text(.route)),
                .init(line.number(.status)), .init(line.text(.repository)),
                .init(line.text(.reference) ?? line.text(.digest)), .init(line.text(.client)),
                .init(line.number(.bytesOut)), .init(line.text(.requestID)),
            ]
        }
    }

    package func answer(top: Int?) -> ResultTable {
        var table = ResultTable([
            .init("duration_us", .microseconds), .init("ts"), .init("method"), .init("route"), .init("status", .count),
            .init("repository"), .init("object"), .init("client"), .init("bytes_out", .bytes), .init("request_id"),
        ])
        for row in rows.sorted.prefix(top ?? .max) { table.add(row) }
        table.omitted = rows.count - table.rows.count
        return table
    }
}

/// How long requests take, by route and method; slowest first.
package struct SlowestRoutes: LogQuery {
    private var routes: [Key: QuantileSketch] = [:]

    private struct Key: Hashable {
        let route: String
        let method: String
    }

    package init() {}

    package mutating func take(_ line: LogLine) {
        guard line.isRequest, let duration = line.number(.duration) else { return }
        let key = Key(route: line.text(.route) ?? "-", method: line.text(.method) ?? "-")
        routes[key, default: QuantileSketch()].add(duration)
    }

    package func answer(top: Int?) -> ResultTable {
        var table = ResultTable([
            .init("route"), .init("method"), .init("requests", .count), .init("mean_us", .microseconds),
            .init("p50_us", .microseconds), .init("p90_us", .microseconds), .init("p99_us", .microseconds),
            .init("max_us", .microseconds),
        ])
        let sorted = routes.map { ($0.key, $0.value, $0.value.quantile(0.99)) }
            .sorted { ($0.2, $1.0.route, $1.0.method) > ($1.2, $0.0.route, $0.0.method) }
        for (key, times, slow) in sorted.prefix(top ?? .max) {
            table.add([
                .text(key.route), .text(key.method), .number(times.count), .number(times.sum / max(1, times.count)),
                .number(times.quantile(0.5)), .number(times.quantile(0.9)), .number(slow), .number(times.maximum),
            ])
        }
        table.omitted = sorted.count - table.rows.count
        return table
    }
}
