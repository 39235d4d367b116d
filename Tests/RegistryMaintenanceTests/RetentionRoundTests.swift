//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryModel
import RegistryReports
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryMaintenance

@Suite("Tags that are removed by a policy", .timeLimit(.minutes(5)))
struct RetentionRoundTests {
    private let policy = TagPolicy(
        rules: [
            TagPolicy.Rule(
                place: "policy.yml:1",
                repositories: [Glob("team/**")],
                tags: [Glob("*")],
                keep: .init(latest: 1, tags: [Glob("v*")])
            )
        ]
    )

    /// Images that share layers, under tags of many kinds, in repositories that the policy is about and others.
    private func fill(_ bench: MaintenanceBench, seed: UInt64) async throws {
        var generator = SeededGenerator(state: seed)
        for number in 0..<40 {
            let name = ["team/a", "team/b", "other", "team/c/d"].randomElement(using: &generator) ?? ""
            let layers = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                let layer = Int.random(in: 0..<25, using: &generator)
                return String(repeating: "\(layer) ", count: layer + 1)
            }
            let tag = ["v\(number)", "t\(number)", "t\(number)", "latest"].randomElement(using: &generator) ?? ""
            let image = try await bench.pushImage(layers, tags: [tag], to: name)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: try await bench.pushIndex([image], tags: ["i\(number)"], to: name)
            case 1: try await bench.pushImage(["signature \(number)"], to: name, subject: image)
            case 2: try await bench.pushImage(["untagged \(number)"], to: name)
            default: break
            }
        }
    }

    private func number(_ name: String, _ report: Report) throws -> Int64 {
        let facts = try #require(report.groups.first?.facts)
        guard case .number(let number) = try #require(facts.first { $0.name == name }).value else {
            Issue.record("\(name) is no number")
            return -1
        }
        return number
    }

    @Test(
        "What a simulation says is freed is what removing and collecting frees",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func exact(seed: UInt64) async throws {
        let bench = try await MaintenanceBench()
        let ledger = try #require(bench.ledger)
        try await fill(bench, seed: seed)
        let rules = MarkRules(deletesUntagged: true)
        let reporter = Reporter(.ledger(ledger), storage: bench.driver, root: nil, pool: .forTests)
        let planned = try await reporter.simulate(policy, rules, ReportRequest(.simulate)) { $1 == "t7" }
        #expect(try number("freed", planned) > 0)

        var removed: [String] = []
        let round = RetentionRound(policy, ledger) { $1 == "t7" }
        let report = try await round.run(bench.tags, at: .now) { removed.append("\($0.repository):\($0.tag.name)") }
        #expect(report.failed == 0 && report.spared == 0)
        #expect(Int64(report.removed) == (try number("tags_removed", planned)))
        #expect(removed.allSatisfy { $0.hasPrefix("team/") && !$0.contains(":v") && !$0.hasSuffix(":t7") })
        let collected = await bench.collect(CollectionSettings(rules: rules))
        #expect(collected.result == .completed)
        #expect(
            collected.removed.bytes == (try number("freed", planned)) + (try number("unreferenced_before", planned))
        )
        #expect(try await round.simulate(at: .now) { _ in }.removed == 0)
        #expect(try await bench.differences() == [])
    }

    @Test("A tag that is set anew between the decision and the removal stays")
    func moved() async throws {
        let bench = try await MaintenanceBench()
        let ledger = try #require(bench.ledger)
        for tag in ["a", "b"] { try await bench.pushImage([tag], tags: [tag], to: "team/a") }
        let facts = try await ledger.current { (tables) throws(LedgerError) in try tables.tagFacts(of: "team/a") }
        let removals = facts.map { RetentionRound.Removal(repository: "team/a", tag: $0, place: "") }
        #expect(facts.map(\.name) == ["a", "b"])
        let image = try await bench.pushImage(["new"], tags: ["a"], to: "team/a")
        let round = RetentionRound(policy, ledger) { _, _ in false }
        #expect(try await !round.remove(removals[0], bench.tags, at: .now))
        #expect(try await round.remove(removals[1], bench.tags, at: .now))
        let name = try RepositoryName("team/a")
        #expect(try await bench.manifests.resolve(.tag(try Tag("a")), in: name) == image)
        #expect(try await bench.tags.list(in: name, after: nil, limit: nil).items == ["a"])
        let history = try await ledger.history(of: try Tag("b"), in: name, limit: 1)
        #expect(history.first?.to == nil && history.first?.actor == "retention")
    }
}
