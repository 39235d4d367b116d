//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage

extension Report {
    /// What is told of capacity, with the rows that were asked for.
    package init(_ capacity: CapacityReport, _ request: ReportRequest) throws(ReportFailure) {
        self.init(.capacity, asOf: capacity.asOf, source: capacity.source, duration: capacity.duration)
        scope = request.scope
        groups = [
            Group("totals", capacity.totals.facts),
            Group("filesystem", capacity.filesystem?.facts),
        ]
        var namespaces = ReportTable("namespaces", Self.columns, bars: "attributed")
        namespaces.rows = capacity.namespaces.filter { row in
            request.covers(row.name) && row.depth <= request.depth ?? .max
        }.map { row in [.text(row.name)] + row.figures.values }
        var repositories = ReportTable("repositories", Self.columns, bars: "attributed")
        repositories.rows = capacity.repositories.filter { request.covers($0.name) }.map { row in
            [.text(row.name)] + row.figures.values
        }
        if let scope = request.scope, namespaces.rows.isEmpty, repositories.rows.isEmpty {
            throw ReportFailure(.unknown, "scope: there is neither a namespace nor a repository \(scope)")
        }
        tables = try [namespaces, repositories].map { (table) throws(ReportFailure) in try table.cut(request) }
        terms = CapacityDefinition.all.map(\.term)
        if capacity.source == .accounted {
            notes.append(
                "The bytes are those of the ledger; what else is on the disk (orphan) is found by --measured only."
            )
        }
        if capacity.filesystem == nil { notes.append("The storage has no file system whose room could be told.") }
    }

    static var columns: [ReportTable.Column] {
        [
            .init("name", isKey: true), .init("logical", .bytes), .init("deduplicated", .bytes),
            .init("exclusive", .bytes), .init("shared", .bytes), .init("attributed", .bytes),
            .init("manifests", .count), .init("tags", .count), .init("last_push", .time), .init("last_pull", .time),
            .init("pulls", .count),
        ]
    }
}

extension ReportTable {
    /// Sorted as is asked for, by what people look for where it is for people, and cut.
    func cut(_ request: ReportRequest) throws(ReportFailure) -> ReportTable {
        var table = self
        if let column = request.sort {
            try table.sort(by: column)
        } else if request.format == .table || request.top ?? 0 > 0 {
            try table.sort(by: "attributed")
        }
        table.keep(request.rowLimit)
        return table
    }
}

extension CapacityFigures {
    /// In the order of the columns, without the name.
    var values: [ReportValue] {
        [
            .number(logical), .number(deduplicated), .number(exclusive), .number(shared), .number(attributed),
            .number(manifests), .number(tags), ReportValue(lastPush), ReportValue(lastPull), .number(pulls),
        ]
    }
}

extension CapacityTotals {
    /// In the order in which they are printed.
    package var facts: [ReportFact] {
        [
            ReportFact("logical", .bytes, .number(logical)),
            ReportFact("deduplicated", .bytes, .number(deduplicated)),
            ReportFact("referenced", .bytes, .number(referenced)),
            ReportFact("unreferenced", .bytes, .number(unreferenced)),
            ReportFact("uploading", .bytes, ReportValue(uploading)),
            ReportFact("orphan", .bytes, ReportValue(orphan)),
            ReportFact("physical", .bytes, .number(physical)),
            ReportFact("reclaimable", .bytes, .number(reclaimable)),
            ReportFact("allocated", .bytes, ReportValue(allocated)),
            ReportFact("deduplication_ratio", .ratio, ReportValue(deduplicationRatio)),
        ]
    }
}

extension StorageCapacity {
    var facts: [ReportFact] {
        [
            ReportFact("total", .bytes, .number(total)), ReportFact("free", .bytes, .number(free)),
            ReportFact("inodes_total", .count, ReportValue(inodes?.total)),
            ReportFact("inodes_free", .count, ReportValue(inodes?.free)),
        ]
    }
}
