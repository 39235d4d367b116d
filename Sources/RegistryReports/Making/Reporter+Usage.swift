//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryTelemetry

extension Reporter {
    static let dayLength: Int64 = 86_400_000_000

    /// The use of repositories: all that is known, or that since a day.
    func usage(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        let first = request.since.map { $0.microseconds / Self.dayLength }
        let (rows, since, daily) = try await read { (tables) throws(LedgerError) in
            let names = try tables.repositories()
            var usages: [Int64: LedgerTables.Usage] = [:]
            var days: [Int64: LedgerTables.Usage] = [:]
            try tables.eachDailyUsage(since: first ?? 0) { repository, day, usage in
                days[day, default: .init()].add(usage)
                usages[repository, default: .init()].add(usage)
            }
            if first == nil {
                try tables.eachTotalUsage { repository, usage in
                    var usage = usage
                    usage.clients = usages[repository]?.clients ?? usage.clients
                    usages[repository] = usage
                }
            }
            return (
                names.compactMap { row in usages[row.id].map { (row.name, $0) } }, try tables.usageSince(),
                days.sorted { $0.key < $1.key }
            )
        }
        var table = ReportTable(
            "repositories",
            [
                .init("name", isKey: true), .init("pulls", .count), .init("heads", .count), .init("pushes", .count),
                .init("sent", .bytes), .init("received", .bytes), .init("clients", .count), .init("last_pull", .time),
                .init("last_pull_by"),
            ],
            bars: "pulls"
        )
        var sum = LedgerTables.Usage()
        for (name, usage) in rows where request.covers(name) {
            table.rows.append([.text(name)] + usage.values)
            sum.add(usage)
        }
        try table.sort(by: request.sort ?? "pulls")
        table.keep(request.rowLimit)
        var report = Report(.usage, asOf: now, duration: .now - start)
        report.scope = request.scope
        report.groups = [
            .init(
                "totals",
                [
                    ReportFact("since", .time, ReportValue(request.since ?? since)),
                    ReportFact("pulls", .count, .number(sum.pulls)), ReportFact("heads", .count, .number(sum.heads)),
                    ReportFact("pushes", .count, .number(sum.pushes)),
                    ReportFact("sent", .bytes, .number(sum.sentBytes)),
                    ReportFact("received", .bytes, .number(sum.receivedBytes)),
                    ReportFact("clients", .count, .number(sum.clients.count)),
                ]
            )
        ]
        report.tables = [table]
        if request.scope == nil, request.format != .table {
            var byDay = ReportTable(
                "days",
                [
                    .init("day", isKey: true), .init("pulls", .count), .init("heads", .count), .init("pushes", .count),
                    .init("sent", .bytes), .init("received", .bytes), .init("clients", .count),
                ]
            )
            byDay.rows = daily.map { day, usage in
                [.text(WallTime(microseconds: day * Self.dayLength).dayDescription)] + usage.values.dropLast(2)
            }
            report.tables.append(byDay)
        }
        report.notes = Self.usageNotes(since, request.since, now)
        return report
    }

    static func usageNotes(_ since: WallTime?, _ asked: WallTime?, _ now: WallTime) -> [String] {
        guard let since else { return [] }
        var notes = ["A pull is a manifest that was sent; HEAD requests and pulls by digest count as use."]
        if asked.map({ $0.microseconds < since.microseconds }) ?? false {
            notes.append("Use is known since \(since.dayDescription) only.")
        }
        notes.append("Numbers of clients are estimates from 64 on.")
        return notes
    }

    /// Repositories that nobody has pulled from, or asked about, for some days.
    func stale(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        let days = Int64(request.days ?? 90)
        let (limit, overflows) = now.microseconds.subtractingReportingOverflow(days * Self.dayLength)
        let (rows, since) = try await read { (tables) throws(LedgerError) in
            let rows = try tables.repositories()
            var usages: [Int64: LedgerTables.Usage] = [:]
            try tables.eachTotalUsage { usages[$0] = $1 }
            return (rows.map { ($0, usages[$0.id]) }, try tables.usageSince())
        }
        var table = ReportTable(
            "repositories",
            [
                .init("name", isKey: true), .init("last_pull", .time), .init("last_pull_by"), .init("last_push", .time),
                .init("days", .days), .init("exclusive", .bytes), .init("deduplicated", .bytes),
                .init("manifests", .count), .init("tags", .count),
            ],
            bars: "exclusive"
        )
        var exclusive: Int64 = 0
        for (row, usage) in rows where request.covers(row.name) {
            // What was pushed lately is not stale, though nobody has pulled it yet.
            let last = [usage?.lastPull, row.lastPush].compactMap { $0?.microseconds }.max()
            guard overflows || last ?? .min < limit else { continue }
            exclusive += row.exclusive
            table.rows.append([
                .text(row.name), ReportValue(usage?.lastPull), ReportValue(usage?.lastPullBy),
                ReportValue(row.lastPush),
                ReportValue(last.map { (now.microseconds - $0) / Self.dayLength }), .number(row.exclusive),
                .number(row.deduplicated), .number(row.manifests), .number(row.tags),
            ])
        }
        let found = Int64(table.rows.count)
        try table.sort(by: request.sort ?? "exclusive")
        table.keep(request.rowLimit)
        var report = Report(.stale, asOf: now, duration: .now - start)
        report.scope = request.scope
        report.groups = [
            .init(
                "totals",
                [
                    ReportFact("days", .days, .number(days)), ReportFact("repositories", .count, .number(found)),
                    ReportFact("exclusive", .bytes, .number(exclusive)),
                    ReportFact("use_known_since", .time, ReportValue(since)),
                ]
            )
        ]
        report.tables = [table]
        report.terms = ["exclusive", "deduplicated"]
        report.notes = [
            "Stale is what nobody has pulled, asked about (HEAD) or pushed for \(days) days, by tag or by digest.",
            "What stale repositories share with each other only is freed too when they all go; it is not in exclusive.",
        ]
        if let since, since.microseconds > limit {
            report.notes.append(
                "Use is known since \(since.dayDescription) only: what was pulled before that may be here all the same."
            )
        }
        return report
    }

    /// The repositories that have the most of something.
    func top(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        let columns = ["bytes": "deduplicated", "exclusive": "exclusive", "logical": "logical", "pulls": "pulls"]
        let by = request.by ?? "bytes"
        guard let column = columns[by] else {
            throw ReportFailure(.invalid, "by: \(by) is none of \(columns.keys.sorted().joined(separator: ", "))")
        }
        let rows = try await read { (tables) throws(LedgerError) in
            let rows = try tables.repositories()
            var usages: [Int64: LedgerTables.Usage] = [:]
            try tables.eachTotalUsage { usages[$0] = $1 }
            return rows.map { ($0, usages[$0.id] ?? .init()) }
        }
        var table = ReportTable(
            "repositories",
            [
                .init("name", isKey: true), .init("deduplicated", .bytes), .init("exclusive", .bytes),
                .init("logical", .bytes), .init("pulls", .count), .init("sent", .bytes), .init("last_pull", .time),
                .init("last_pull_by"), .init("last_push", .time),
            ],
            bars: column
        )
        table.rows = rows.filter { request.covers($0.0.name) }.map { row, usage in
            [
                .text(row.name), .number(row.deduplicated), .number(row.exclusive), .number(row.logical),
                .number(usage.pulls), .number(usage.sentBytes), ReportValue(usage.lastPull),
                ReportValue(usage.lastPullBy), ReportValue(row.lastPush),
            ]
        }
        try table.sort(by: column)
        table.keep(request.top.map { $0 == 0 ? Int.max : $0 } ?? 20)
        var report = Report(.top, asOf: now, duration: .now - start)
        report.scope = request.scope
        report.groups = [.init("totals", [ReportFact("by", .text, .text(by))])]
        report.tables = [table]
        report.terms = ["logical", "deduplicated", "exclusive"]
        return report
    }

    /// Who has used the registry.
    func clients(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        let first = request.since.map { $0.microseconds / Self.dayLength } ?? 0
        let (rows, since) = try await read { (tables) throws(LedgerError) in
            var rows: [(String, LedgerTables.Usage)] = []
            try tables.eachClient(since: first) { rows.append(($0, $1)) }
            return (rows, try tables.usageSince())
        }
        var table = ReportTable(
            "clients",
            [
                .init("client", isKey: true), .init("pulls", .count), .init("heads", .count), .init("pushes", .count),
                .init("sent", .bytes), .init("received", .bytes), .init("last_seen", .time),
            ],
            bars: "sent"
        )
        table.rows = rows.map { client, usage in
            [
                .text(client.isEmpty ? "(others)" : client), .number(usage.pulls), .number(usage.heads),
                .number(usage.pushes), .number(usage.sentBytes), .number(usage.receivedBytes),
                ReportValue(usage.lastPull),
            ]
        }
        try table.sort(by: request.sort ?? "sent")
        table.keep(request.rowLimit)
        var report = Report(.clients, asOf: now, duration: .now - start)
        report.groups = [
            .init(
                "totals",
                [
                    ReportFact("since", .time, ReportValue(request.since ?? since)),
                    ReportFact("clients", .count, ReportValue(rows.count)),
                    ReportFact("sent", .bytes, .number(rows.reduce(0) { $0 + $1.1.sentBytes })),
                ]
            )
        ]
        report.tables = [table]
        report.notes = [
            "A client is a user, or the address of one that need not say who it is."
        ]
        return report
    }
}

extension LedgerTables.Usage {
    /// In the order of the columns.
    fileprivate var values: [ReportValue] {
        [
            .number(pulls), .number(heads), .number(pushes), .number(sentBytes), .number(receivedBytes),
            .number(clients.count), ReportValue(lastPull), ReportValue(lastPullBy),
        ]
    }
}

extension WallTime {
    /// The day in UTC: `2026-11-24`.
    var dayDescription: String { String(description.prefix(10)) }
}
