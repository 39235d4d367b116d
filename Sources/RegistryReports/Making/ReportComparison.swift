//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// What became of capacity between two reports that were saved as JSON.
package enum ReportComparison {
    private struct Saved {
        var asOf: WallTime
        var totals: [String: Int64]
        var rows: [String: (attributed: Int64, exclusive: Int64, deduplicated: Int64)]
    }

    /// - Parameters:
    ///   - old: the bytes of the earlier report.
    ///   - new: those of the later one.
    package static func compare(
        _ old: [UInt8],
        _ new: [UInt8],
        _ request: ReportRequest
    ) throws(ReportFailure) -> Report {
        let start = ContinuousClock.now
        let (before, after) = (try read(old, "the first file"), try read(new, "the second file"))
        var report = Report(.diff, asOf: after.asOf, duration: .zero)
        var facts = [ReportFact("from", .time, .time(before.asOf)), ReportFact("to", .time, .time(after.asOf))]
        // Where one was measured and the other not, the disk as a whole cannot be compared.
        let isComparable = (before.totals["orphan"] == nil) == (after.totals["orphan"] == nil)
        for name in ["logical", "referenced", "unreferenced", "uploading", "orphan", "physical", "reclaimable"]
        where name != "physical" || isComparable {
            guard let old = before.totals[name], let new = after.totals[name] else { continue }
            facts.append(ReportFact(name, .bytes, .number(new - old)))
        }
        report.groups = [.init("totals", facts)]
        if !isComparable { report.notes.append("One of the two is measured and the other is not.") }
        var table = ReportTable(
            "repositories",
            [
                .init("name", isKey: true), .init("change"), .init("attributed_change", .bytes),
                .init("exclusive_change", .bytes), .init("deduplicated_change", .bytes), .init("attributed", .bytes),
            ],
            bars: "attributed_change"
        )
        for name in Set(before.rows.keys).union(after.rows.keys).sorted() {
            let (old, new) = (before.rows[name], after.rows[name])
            if let old, let new, old == new { continue }
            table.rows.append([
                .text(name), .text(old == nil ? "new" : new == nil ? "gone" : "changed"),
                .number((new?.attributed ?? 0) - (old?.attributed ?? 0)),
                .number((new?.exclusive ?? 0) - (old?.exclusive ?? 0)),
                .number((new?.deduplicated ?? 0) - (old?.deduplicated ?? 0)), .number(new?.attributed ?? 0),
            ])
        }
        let sort = request.sort ?? "attributed_change"
        try table.sort(by: sort)
        table.keep(request.rowLimit)
        report.tables = [table]
        report.terms = ["attributed", "exclusive", "deduplicated"]
        report.duration = .now - start
        return report
    }

    private static func read(_ bytes: [UInt8], _ what: String) throws(ReportFailure) -> Saved {
        let document: StrictJSON
        do throws(JSONFault) { document = try StrictJSON(bytes) } catch {
            throw ReportFailure(.invalid, "\(what) is no report in JSON: \(error.message)")
        }
        guard document["report"]?.string == ReportName.capacity.rawValue,
            let asOf = document["as_of"]?.string.flatMap({ WallTime(rfc3339: $0.utf8) }),
            case .object(let totals)? = document["totals"], let rows = document["repositories"]?.array
        else { throw ReportFailure(.invalid, "\(what) is no report of capacity; save them with --format json") }
        var saved = Saved(asOf: asOf, totals: [:], rows: [:])
        for (name, value) in totals { saved.totals[name] = value.integer }
        for row in rows {
            guard let name = row["name"]?.string, let attributed = row["attributed"]?.integer,
                let exclusive = row["exclusive"]?.integer, let deduplicated = row["deduplicated"]?.integer
            else { throw ReportFailure(.invalid, "\(what) has a repository without a name or its bytes") }
            saved.rows[name] = (attributed, exclusive, deduplicated)
        }
        return saved
    }
}

extension StrictJSON {
    /// Nil for what is none, or beyond what such numbers tell exactly.
    fileprivate var integer: Int64? { number.flatMap { Int64(exactly: $0) } }
}
