//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryModel
import RegistryTelemetry

extension Reporter {
    private struct Explanation: Sendable {
        var row: LedgerTables.Repository
        var usage: LedgerTables.Usage?
        var attributed: Int64 = 0
        var blobs: [(blob: LedgerTables.Reached, kind: LedgerTables.NamedBlob.Kind, with: [String])] = []
        var blobCount = 0
        var tags: [(name: String, exclusive: Int64, usage: LedgerTables.Usage?)] = []
        var untagged: Int64 = 0
    }

    /// Names of repositories that are told for each shared blob.
    private static let namesTold = 5

    /// What a repository is made of, with whom it shares it, and what its tags would free.
    func explain(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        let name = request.scope ?? ""
        let limit = request.rowLimit ?? .max
        let found = try await read { (tables) throws(LedgerError) in
            try Self.explanation(of: name, tables, limit: limit)
        }
        guard let found else { throw ReportFailure(.unknown, "there is no repository \(name)") }
        let row = found.row
        var report = Report(.explain, asOf: now, duration: .now - start)
        report.scope = name
        report.groups = [
            .init(
                "totals",
                [
                    ReportFact("logical", .bytes, .number(row.logical)),
                    ReportFact("deduplicated", .bytes, .number(row.deduplicated)),
                    ReportFact("exclusive", .bytes, .number(row.exclusive)),
                    ReportFact("shared", .bytes, .number(row.deduplicated - row.exclusive)),
                    ReportFact("attributed", .bytes, .number(found.attributed)),
                    ReportFact("untagged_exclusive", .bytes, .number(found.untagged)),
                    ReportFact("blobs", .count, .number(row.blobs)),
                    ReportFact("manifests", .count, .number(row.manifests)),
                    ReportFact("tags", .count, .number(row.tags)),
                    ReportFact("last_push", .time, ReportValue(row.lastPush)),
                    ReportFact("pulls", .count, .number(found.usage?.pulls ?? 0)),
                    ReportFact("last_pull", .time, ReportValue(found.usage?.lastPull)),
                    ReportFact("last_pull_by", .text, ReportValue(found.usage?.lastPullBy)),
                ]
            )
        ]
        var blobs = ReportTable(
            "blobs",
            [
                .init("digest", isKey: true), .init("kind"), .init("size", .bytes), .init("attributed", .bytes),
                .init("repositories", .count), .init("shared_with"),
            ],
            bars: "size"
        )
        blobs.rows = found.blobs.map { blob, kind, with in
            [
                .text(blob.digest.description), .text(kind.rawValue), ReportValue(blob.size),
                .number((blob.size ?? 0) / max(blob.repositories, 1)), .number(blob.repositories), .list(with),
            ]
        }
        blobs.omitted = found.blobCount - found.blobs.count
        var tags = ReportTable(
            "tags",
            [
                .init("tag", isKey: true), .init("exclusive", .bytes), .init("pulls", .count),
                .init("last_pull", .time), .init("last_pull_by"),
            ],
            bars: "exclusive"
        )
        tags.rows = found.tags.map { tag in
            [
                .text(tag.name), .number(tag.exclusive), .number(tag.usage?.pulls ?? 0),
                ReportValue(tag.usage?.lastPull),
                ReportValue(tag.usage?.lastPullBy),
            ]
        }
        try tags.sort(by: "exclusive")
        tags.keep(request.rowLimit)
        report.tables = [blobs, tags]
        report.terms = ["logical", "deduplicated", "exclusive", "shared", "attributed"]
        report.notes = [
            "A tag's exclusive bytes are reached by no other tag here and by no other repository: removing the tag and its "
                + "manifests frees them, untagged manifests that name the same left aside.",
            "untagged_exclusive is reached by no tag and by no other repository.",
        ]
        if !found.tags.isEmpty, found.tags.allSatisfy({ $0.usage?.lastPull == nil }), found.usage?.pulls ?? 0 > 0 {
            report.notes.append("It is pulled by digest.")
        }
        return report
    }

    private static func explanation(of name: String, _ tables: LedgerTables, limit: Int) throws(LedgerError)
        -> Explanation?
    {
        guard let row = try tables.repository(name) else { return nil }
        var found = Explanation(row: row, usage: try tables.totalUsage(of: row.id))
        let reached = try tables.reached(by: row.id)
        var sizes: [Int64: Int64] = [:]
        for blob in reached where blob.repositories <= 1 { sizes[blob.id] = blob.size ?? 0 }
        let tags = try tables.tags(of: row.id)
        let references = try tables.references(in: row.id)
        var kinds: [Int64: LedgerTables.NamedBlob.Kind] = [:]
        for reference in references { kinds[reference.target] = reference.kind }
        let graph = TagShares(references)
        let usage = try tables.totalUsage(ofTagsIn: row.id)
        found.tags = zip(tags, graph.shares(tags, sizes)).map { ($0.name, $1, usage[$0.name]) }
        let tagged = Set(tags.map(\.manifest)).reduce(into: Set<Int64>()) { $0.formUnion(graph.reached(from: $1)) }
        found.untagged = sizes.reduce(0) { tagged.contains($1.key) ? $0 : $0 + $1.value }
        found.attributed = try attributed(reached, to: name, tables)
        found.blobCount = reached.count
        for blob in reached.sorted(by: { ($0.size ?? 0, $1.id) > ($1.size ?? 0, $0.id) }).prefix(limit) {
            let with =
                blob.repositories > 1
                ? try tables.repositories(reaching: blob.id, except: row.id, limit: namesTold) : []
            let more = Int(blob.repositories) - 1 - with.count
            // What no manifest names is one itself.
            found.blobs.append((blob, kinds[blob.id] ?? .manifest, more > 0 ? with + ["and \(more) more"] : with))
        }
        return found
    }

    /// To the byte, as the report of capacity has it: what does not divide evenly goes to the first in path order.
    private static func attributed(
        _ reached: [LedgerTables.Reached],
        to name: String,
        _ tables: LedgerTables
    ) throws(LedgerError) -> Int64 {
        var sum: Int64 = 0
        for blob in reached {
            let (share, rest) = (blob.size ?? 0).quotientAndRemainder(dividingBy: max(blob.repositories, 1))
            sum += share
            guard rest > 0 else { continue }
            if try tables.repositories(reaching: blob.id, before: name) < rest { sum += 1 }
        }
        return sum
    }
}
