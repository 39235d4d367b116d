//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryReports
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("Reports of use and growth", .timeLimit(.minutes(5)))
struct ReporterTests {
    private let day = UsageCounter.dayLength
    private let today = WallTime.now.microseconds / UsageCounter.dayLength * UsageCounter.dayLength

    private func ago(_ days: Int64) -> Int64 { today - days * day }

    private func with(
        _ body: (LedgerBench, UsageCounter, Reporter) async throws -> Void
    ) async throws {
        let counter = UsageCounter()
        let bench = try LedgerBench(usage: counter)
        await bench.start()
        for (number, name) in ["a", "b/c", "b/d", "new"].enumerated() {
            try await bench.pushImage([[UInt8](repeating: UInt8(number), count: 100 + number)], tags: ["1"], to: name)
        }
        let old = ago(200)
        try await bench.ledger.writer.perform { (transaction) throws(SQLiteError) in
            try transaction.database.run("UPDATE repositories SET last_push = ?1 WHERE name != 'new'", .integer(old))
        }
        try await body(
            bench,
            counter,
            Reporter(.ledger(bench.ledger), storage: bench.driver, root: nil, pool: .forTests)
        )
        await bench.ledger.close()
    }

    private func names(_ report: Report) -> [ReportValue] { report.tables[0].rows.map { $0[0] } }

    @Test("call stale what was neither pulled, by tag or by digest, nor asked about, nor pushed")
    func stale() async throws {
        try await with { bench, counter, reporter in
            var byDigest = UsageTests.sample("GET", in: try RepositoryName("a"), by: "ann", at: ago(50))
            byDigest.reference = .digest(Digest.of([1]))
            var head = UsageTests.sample("HEAD", in: try RepositoryName("b/c"), by: "bob", at: ago(10))
            head.reference = .tag(try Tag("1"))
            counter.conclude(byDigest)
            counter.conclude(head)
            var request = ReportRequest(.stale)
            for (days, expected) in [(90, ["b/d"]), (30, ["b/d", "a"]), (5, ["b/d", "b/c", "a"]), (300, [])] {
                request.days = days
                let report = try await reporter.report(request)
                #expect(names(report) == expected.map { .text($0) }, "\(days) days")
                let found = report.groups[0].facts?.first { $0.name == "repositories" }?.value
                #expect(found == .number(Int64(expected.count)))
            }
            request.scope = "b"
            request.days = 5
            request.top = 1
            let report = try await reporter.report(request)
            #expect(names(report) == [.text("b/d")] && report.tables[0].omitted == 1)
            #expect(report.notes.contains { $0.hasPrefix("Use is known since") })
        }
    }

    @Test("tell the use of all time and that since a day, by repository, client and day")
    func usage() async throws {
        try await with { bench, counter, reporter in
            for (user, days) in [("ann", 40), ("ann", 3), ("bob", 3), ("bob", 0)] as [(String, Int64)] {
                counter.conclude(UsageTests.sample("GET", in: try RepositoryName("a"), by: user, at: ago(days)))
            }
            counter.conclude(UsageTests.sample("GET", in: try RepositoryName("b/c"), by: "eve", at: ago(40)))
            var request = ReportRequest(.usage)
            request.format = .json
            let all = try await reporter.report(request)
            #expect(all.tables[0].rows.map { $0[1] } == [.number(4), .number(1)])
            #expect(all.tables[0].rows[0][6] == .number(2) && all.tables[0].rows[0][8] == .text("bob"))
            #expect(all.tables[1].rows.map { $0[1] } == [.number(2), .number(2), .number(1)])
            request.since = WallTime(microseconds: ago(5))
            let recent = try await reporter.report(request)
            #expect(recent.tables[0].rows.map { $0[1] } == [.number(3)])
            var clients = ReportRequest(.clients)
            #expect(names(try await reporter.report(clients)) == [.text("ann"), .text("bob"), .text("eve")])
            clients.since = WallTime(microseconds: ago(5))
            clients.sort = "pulls"
            #expect(names(try await reporter.report(clients)) == [.text("bob"), .text("ann")])
            var top = ReportRequest(.top)
            top.by = "pulls"
            top.top = 2
            #expect(names(try await reporter.report(top)) == [.text("a"), .text("b/c")])
            top.by = "colour"
            await #expect(throws: ReportFailure.self) { try await reporter.report(top) }
        }
    }

    @Test("tell how much there was each day, and which repositories have grown")
    func growth() async throws {
        try await with { bench, _, reporter in
            var request = ReportRequest(.growth)
            let none = try await reporter.report(request)
            #expect(none.groups[0].facts == nil && none.tables.allSatisfy(\.rows.isEmpty))
            #expect(none.notes.contains { $0.hasPrefix("Not enough data") })
            for offset in 0..<9 {
                try await bench.ledger.takeSnapshot(at: WallTime(microseconds: ago(Int64(9 - offset))))
                let layer = [UInt8](repeating: UInt8(200 + offset), count: 1000)
                try await bench.pushImage([layer], tags: ["\(offset)"], to: offset < 6 ? "b/d" : "late")
            }
            let report = try await reporter.report(request)
            let facts = Dictionary(uniqueKeysWithValues: (report.groups[0].facts ?? []).map { ($0.name, $0.value) })
            guard case .real(let slope)? = facts["slope"] else {
                Issue.record("no slope")
                return
            }
            // A layer and its manifest a day.
            #expect((1200...1600).contains(slope))
            #expect(facts["days_to_full"] == ReportValue.none)
            #expect(report.tables[0].rows.count == 9)
            #expect(report.tables[1].rows.map { $0[0] } == [.text("b/d"), .text("late")])
            request.since = WallTime(microseconds: ago(2))
            #expect(try await reporter.report(request).tables[1].rows.map { $0[0] } == [.text("late")])
        }
    }

    @Test("are computed for metrics only of a ledger that knows all of the storage")
    func watch() async throws {
        try await with { bench, _, reporter in
            let watch = CapacityWatch(reporter)
            #expect(watch.latest == nil)
            #expect(await watch.refresh() >= .seconds(60))
            let numbers = try #require(watch.latest)
            let capacity = try await reporter.capacity(isMeasured: false)
            #expect(numbers.repositories == 4 && numbers.tags == 4 && numbers.manifests == 4)
            #expect(numbers.referenced == capacity.totals.referenced && numbers.logical == capacity.totals.logical)
            #expect(numbers.largest.first?.name == "new" && numbers.largest.count == 4)
            #expect(numbers.uploading == 0)
            await bench.ledger.startOver()
            #expect(await watch.refresh() <= .seconds(10))
            #expect(watch.latest == nil)
        }
    }
}
