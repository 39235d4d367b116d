//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryStorage
import RegistryTelemetry

extension Reporter {
    /// How the storage and its repositories have grown, and when the disk is full.
    func growth(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        let first = (request.since?.microseconds ?? now.microseconds - 30 * Self.dayLength) / Self.dayLength
        let (snapshots, rows) = try await read { (tables) throws(LedgerError) in
            let snapshots = try tables.snapshots(since: first)
            var before: [Int64: Int64] = [:]
            if let oldest = snapshots.first?.day {
                try tables.eachRepositoryThen(oldest) { repository, _, deduplicated, _ in
                    before[repository] = deduplicated
                }
            }
            // Without a day to compare with nothing is known to have grown.
            let rows = snapshots.isEmpty ? [] : try tables.repositories()
            return (snapshots, rows.map { ($0, before[$0.id] ?? 0) })
        }
        let free = await room()?.free
        var report = Report(.growth, asOf: now, duration: .now - start)
        report.scope = request.scope
        report.groups = [.init("forecast", Self.forecast(snapshots, free: free))]
        report.tables = [Self.days(snapshots), try Self.growing(rows, request)]
        report.tables[0].rows = Array(report.tables[0].rows.suffix(request.rowLimit ?? .max))
        report.terms = ["physical", "referenced", "logical", "deduplicated"]
        report.notes = [
            "Days are in UTC; a snapshot is taken on each on which the server runs. Physical is without orphan here.",
            "The slope is the median of all slopes between two days (Theil–Sen), with its interval of 95 %.",
        ]
        if snapshots.count < Trend.minimumPoints {
            report.notes.append(
                "Not enough data: a forecast takes \(Trend.minimumPoints) days, and \(snapshots.count) are known."
            )
        } else if free == nil {
            report.notes.append("The storage has no file system whose room could be told.")
        }
        return report
    }

    /// - Parameter free: bytes that are left; nil where nobody knows.
    /// - Returns: nil with too few days.
    package static func forecast(_ snapshots: [CapacitySnapshot], free: Int64?) -> [ReportFact]? {
        let points = snapshots.map { snapshot in
            (x: Double(snapshot.takenAt.microseconds) / Double(dayLength), y: Double(snapshot.physical))
        }
        guard let trend = Trend(points) else { return nil }
        // The room that is left is used up by what is written, whatever it is.
        func days(_ slope: Double) -> ReportValue {
            ReportValue(free.flatMap { trend.time(toUse: Double($0), at: slope) })
        }
        return [
            ReportFact("days_of_data", .days, ReportValue(trend.points)),
            ReportFact("slope", .bytesPerDay, .real(trend.slope)),
            ReportFact("slope_low", .bytesPerDay, .real(trend.interval.lowerBound)),
            ReportFact("slope_high", .bytesPerDay, .real(trend.interval.upperBound)),
            ReportFact("free", .bytes, ReportValue(free)),
            ReportFact("days_to_full", .days, days(trend.slope)),
            ReportFact("days_to_full_earliest", .days, days(trend.interval.upperBound)),
            ReportFact("days_to_full_latest", .days, days(trend.interval.lowerBound)),
        ]
    }

    private static func days(_ snapshots: [CapacitySnapshot]) -> ReportTable {
        var table = ReportTable(
            "days",
            [
                .init("day", isKey: true), .init("physical", .bytes), .init("referenced", .bytes),
                .init("unreferenced", .bytes), .init("uploading", .bytes), .init("logical", .bytes),
                .init("repositories", .count), .init("manifests", .count), .init("tags", .count),
                .init("blobs", .count), .init("free", .bytes),
            ],
            bars: "physical"
        )
        table.rows = snapshots.map { day in
            [
                .text(WallTime(microseconds: day.day * dayLength).dayDescription), .number(day.physical),
                .number(day.referenced), .number(day.unreferenced), ReportValue(day.uploading), .number(day.logical),
                .number(day.repositories), .number(day.manifests), .number(day.tags), .number(day.blobs),
                ReportValue(day.free),
            ]
        }
        return table
    }

    private static func growing(
        _ rows: [(LedgerTables.Repository, Int64)],
        _ request: ReportRequest
    ) throws(ReportFailure) -> ReportTable {
        var table = ReportTable(
            "repositories",
            [
                .init("name", isKey: true), .init("growth", .bytes), .init("deduplicated", .bytes),
                .init("deduplicated_before", .bytes), .init("last_push", .time),
            ],
            bars: "growth"
        )
        for (row, before) in rows where request.covers(row.name) && row.deduplicated != before {
            table.rows.append([
                .text(row.name), .number(row.deduplicated - before), .number(row.deduplicated), .number(before),
                ReportValue(row.lastPush),
            ])
        }
        try table.sort(by: request.sort ?? "growth")
        table.keep(request.rowLimit)
        return table
    }
}
