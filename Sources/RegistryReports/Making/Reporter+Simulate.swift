//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
package import RegistryMaintenance
import RegistryModel
package import RegistryStorage
import RegistryTelemetry

extension Reporter {
    /// What a policy of tags would remove now, and what a collection of garbage would free after that.
    ///
    /// Both are found out by what would act: the policy's verdicts, and the marking of the collection, with those tags gone
    /// and with them there. So the bytes are those that would be freed, save for what is spared for its age.
    /// - Parameters:
    ///   - rules: of the collection; untagged manifests go whatever they say.
    ///   - isFixed: tags that must stay whatever the policy says.
    package func simulate(
        _ policy: TagPolicy,
        _ rules: MarkRules,
        _ request: ReportRequest,
        isFixed: @escaping @Sendable (_ repository: String, _ tag: String) -> Bool
    ) async throws(ReportFailure) -> Report {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        var rules = rules
        rules.deletesUntagged = true
        let simulation = try await read { [rules] (tables) throws(LedgerError) in
            var simulation = Simulation(policy: policy, now: now)
            try simulation.decide(tables, isFixed)
            try simulation.mark(tables, rules)
            return simulation
        }
        var report = try simulation.report(request, duration: .now - start)
        if try await !read({ (tables) throws(LedgerError) in try tables.isComplete() }) {
            report.notes.append("The ledger is being compared with the storage: there may be more than it knows.")
        }
        return report
    }
}

/// A policy that is thought through.
private struct Simulation: Sendable {
    let policy: TagPolicy
    let now: WallTime

    private var removals: [RetentionRound.Removal] = []
    private var kept: [String: Int] = [:]
    private var reasons: [RetentionVerdict.Reason: Int] = [:]
    /// What goes beside what would go anyway.
    private var plan: CollectionPlan?
    private var unreferenced: Int64 = 0

    init(policy: TagPolicy, now: WallTime) {
        self.policy = policy
        self.now = now
    }

    mutating func decide(
        _ tables: LedgerTables,
        _ isFixed: (_ repository: String, _ tag: String) -> Bool
    ) throws(LedgerError) {
        var last: String?
        repeat {
            let page = try RetentionPage(of: policy, tables, after: last, at: now, isFixed: isFixed)
            for decision in page.decisions {
                let name = decision.repository
                switch decision.verdict {
                case .keep(let reason):
                    kept[name, default: 0] += 1
                    reasons[reason, default: 0] += 1
                case .remove(let place):
                    removals.append(RetentionRound.Removal(repository: name, tag: decision.tag, place: place))
                }
            }
            last = page.end
        } while last != nil
    }

    mutating func mark(_ tables: LedgerTables, _ rules: MarkRules) throws(LedgerError) {
        var gone: [String: Set<String>] = [:]
        for removal in removals { gone[removal.repository, default: []].insert(removal.tag.name) }
        let before = try tables.unreachable(rules)
        unreferenced = before.blobs.reduce(0) { $0 + $1.size }
        let after = try tables.unreachable(rules, without: gone)
        var plan = CollectionPlan(rules: rules, takenAt: now, source: .ledger)
        let (links, blobs) = (Set(before.manifests), Set(before.blobs.map(\.digest)))
        plan.manifests = after.manifests.filter { !links.contains($0) }
        plan.blobs = after.blobs.filter { !blobs.contains($0.digest) }
        self.plan = plan
    }

    func report(_ request: ReportRequest, duration: Duration) throws(ReportFailure) -> Report {
        var report = Report(.simulate, asOf: now, duration: duration)
        report.groups = [
            .init(
                "totals",
                [
                    ReportFact("tags_removed", .count, ReportValue(removals.count)),
                    ReportFact("tags_kept", .count, ReportValue(kept.values.reduce(0, +))),
                    ReportFact("manifests_removed", .count, ReportValue(plan?.manifests.count ?? 0)),
                    ReportFact("blobs_removed", .count, ReportValue(plan?.blobs.count ?? 0)),
                    ReportFact("freed", .bytes, .number(plan?.bytes ?? 0)),
                    ReportFact("unreferenced_before", .bytes, .number(unreferenced)),
                ]
            ),
            .init(
                "kept",
                RetentionVerdict.Reason.allCases.map { ReportFact($0.rawValue, .count, ReportValue(reasons[$0] ?? 0)) }
            ),
        ]
        report.tables = [try repositories(request), tags(request)]
        report.notes = [
            "freed is what garbage-collect --delete-untagged frees after the tags are gone, beside unreferenced_before.",
            "bytes of a repository are those of freed that it links to; what several link to counts in each.",
        ]
        return report
    }

    private func repositories(_ request: ReportRequest) throws(ReportFailure) -> ReportTable {
        var removed: [String: Int] = [:]
        for removal in removals { removed[removal.repository, default: 0] += 1 }
        let shares = Dictionary(uniqueKeysWithValues: (plan?.shares ?? []).map { ($0.repository, $0) })
        var table = ReportTable(
            "repositories",
            [
                .init("name", isKey: true), .init("tags_removed", .count), .init("tags_kept", .count),
                .init("manifests_removed", .count), .init("bytes", .bytes),
            ],
            bars: "bytes"
        )
        for name in Set(removed.keys).union(shares.keys).sorted() where request.covers(name) {
            table.rows.append([
                .text(name), ReportValue(removed[name] ?? 0), ReportValue(kept[name] ?? 0),
                ReportValue(shares[name]?.manifests ?? 0), .number(shares[name]?.bytes ?? 0),
            ])
        }
        try table.sort(by: request.sort ?? "bytes")
        table.keep(request.rowLimit)
        return table
    }

    private func tags(_ request: ReportRequest) -> ReportTable {
        var table = ReportTable(
            "tags",
            [
                .init("repository", isKey: true), .init("tag", isKey: true), .init("digest"), .init("set", .time),
                .init("pulled", .time), .init("rule"),
            ]
        )
        for removal in removals where request.covers(removal.repository) {
            table.rows.append([
                .text(removal.repository), .text(removal.tag.name), ReportValue(removal.tag.digest?.description),
                ReportValue(removal.tag.changed), ReportValue(removal.tag.pulled), .text(removal.place),
            ])
        }
        table.keep(request.rowLimit)
        return table
    }
}
