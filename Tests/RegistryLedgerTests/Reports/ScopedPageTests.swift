//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryLedger
@testable import RegistryReports

@Suite("The page of a namespace", .timeLimit(.minutes(5)))
struct ScopedPageTests {
    private func with(_ scope: String?, _ body: (LedgerBench, CapacityPage) async throws -> Void) async throws {
        let bench = try LedgerBench()
        await bench.start()
        let (base, team) = ([UInt8](repeating: 1, count: 10_000), [UInt8](repeating: 2, count: 5_000))
        try await bench.pushImage([base, team, [1]], tags: ["1"], to: "team/a")
        try await bench.pushImage([base, team, [2]], tags: ["1"], to: "team/b")
        // Beside it in the order of names, and not in it.
        for (number, name) in ["team-2/a", "team0", "other"].enumerated() {
            try await bench.pushImage([base, [UInt8](repeating: 3, count: 1000 + number)], tags: ["1"], to: name)
        }
        let day = WallTime.now.microseconds / UsageCounter.dayLength - 3
        try await bench.ledger.takeSnapshot(at: WallTime(microseconds: day * UsageCounter.dayLength))
        // Nothing changes in it, then one repository grows.
        try await bench.ledger.takeSnapshot(at: WallTime(microseconds: (day + 1) * UsageCounter.dayLength))
        try await bench.pushImage([base, [UInt8](repeating: 4, count: 700)], tags: ["2"], to: "team/a")
        try await bench.ledger.takeSnapshot(at: WallTime(microseconds: (day + 2) * UsageCounter.dayLength))
        let reporter = Reporter(.ledger(bench.ledger), storage: bench.driver, root: nil, pool: .forTests)
        var request = ReportRequest(.capacity)
        request.format = .html
        request.scope = scope
        let page = try #require(try await reporter.report(request).page)
        try await body(bench, page)
        await bench.ledger.close()
    }

    @Test("has the sums of the namespace")
    func sums() async throws {
        try await with("team") { bench, page in
            let figures = try #require(page.scopeFigures)
            let all = page.report.totals.referenced
            #expect(figures.deduplicated > 15_000 && figures.deduplicated < all)
            #expect(figures.exclusive < figures.attributed && figures.attributed < figures.deduplicated)
            #expect(page.report.repositories.map(\.name) == ["team/a", "team/b"])
            let text = String(decoding: page.bytes, as: UTF8.self)
            #expect(text.contains("All of it is about <bdi>team</bdi> alone"))
            #expect(text.contains("% of what is referenced in all"))
            #expect(!text.contains("can be reclaimed now"))
        }
    }

    @Test("has the growth of its repositories")
    func growth() async throws {
        try await with("team") { bench, page in
            let bytes = page.growth.points.map(\.bytes)
            #expect(bytes.count == 3 && bytes[0] == bytes[1])
            let figures = try await bench.ledger.figures(after: nil, limit: 100)
            let now = figures.filter { $0.name.hasPrefix("team/") }.reduce(0) { $0 + $1.deduplicatedBytes }
            #expect(bytes[2] == now && bytes[2] > bytes[1] + 700)
            #expect(String(decoding: page.bytes, as: UTF8.self).contains("Deduplicated bytes by day"))
        }
    }

    @Test("tells with whom layers are shared, inside and outside")
    func layers() async throws {
        try await with("team") { _, page in
            let base = try #require(page.layers.first { $0.size == 10_000 })
            #expect(base.repositories == 5 && base.names == ["team-2/a", "team0", "other"])
            #expect(base.inside == .init(count: 2, names: ["team/a", "team/b"]))
            let team = try #require(page.layers.first { $0.size == 5_000 })
            #expect(team.repositories == 2 && team.names == [] && team.inside?.count == 2)
            // What only others share is not in it.
            #expect(page.layers.allSatisfy { $0.inside?.count ?? 0 > 0 })
            #expect(String(decoding: page.bytes, as: UTF8.self).contains("shared with, outside"))
        }
        try await with("team/a") { _, page in
            let base = try #require(page.layers.first { $0.size == 10_000 })
            #expect(base.inside == .init(count: 1, names: ["team/a"]) && base.names.count == 4)
        }
        try await with(nil) { _, page in #expect(page.layers.first?.inside == nil && page.scopeFigures == nil) }
    }
}
