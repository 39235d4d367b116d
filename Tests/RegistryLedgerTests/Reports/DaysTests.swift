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

@Suite("What the ledger keeps day by day", .timeLimit(.minutes(5)))
struct DaysTests {
    private let day = UsageCounter.dayLength
    private let first: Int64 = 20_000

    private func time(_ offset: Int64) -> WallTime { WallTime(microseconds: (first + offset) * day + 5) }

    @Test("is one snapshot a day, and of repositories only what has changed")
    func snapshots() async throws {
        let bench = try LedgerBench()
        await bench.start()
        try await bench.pushImage([[1, 1, 1]], tags: ["1"], to: "a")
        try await bench.pushImage([[2, 2]], tags: ["1"], to: "b")
        for offset in 0..<3 as Range<Int64> {
            await bench.ledger.keepDays(at: time(offset))
            await bench.ledger.keepDays(at: time(offset))
            if offset == 1 { try await bench.pushImage([[4, 4, 4, 4]], tags: ["2"], to: "a") }
        }
        let since = first
        let (days, before, after) = try await bench.ledger.report { (tables) throws(LedgerError) in
            var (before, after) = ([Int64](), [Int64]())
            try tables.eachRepositoryThen(since + 1) { _, _, deduplicated, _ in before.append(deduplicated) }
            try tables.eachRepositoryThen(since + 7) { _, _, deduplicated, _ in after.append(deduplicated) }
            return (try tables.snapshots(since: since), before, after)
        }
        #expect(days.map(\.day) == [first, first + 1, first + 2])
        #expect(days.map(\.repositories) == [2, 2, 2] && days.map(\.tags) == [2, 2, 3])
        #expect(days[0].referenced == days[1].referenced && days[2].referenced > days[1].referenced)
        #expect(days[0].uploading == 0 && days[0].total == nil)
        let figures = try await bench.ledger.figures(after: nil, limit: 10)
        #expect(after == figures.map(\.deduplicatedBytes))
        #expect(before[1] == after[1] && before[0] < after[0])
        #expect(days[2].logical == figures.reduce(0) { $0 + $1.logicalBytes })
        let rows = try await bench.ledger.read { (reading) throws(SQLiteError) in
            try reading.database.rows("SELECT repository, day FROM repository_capacity_daily") { $0.integer(1) }
        }
        #expect(rows.sorted() == [first, first, first + 2])
        await bench.ledger.close()
    }

    @Test("is use that is forgotten by its age, its sums kept as long as what was used is there")
    func forgetting() async throws {
        let counter = UsageCounter()
        let bench = try LedgerBench(usage: counter)
        await bench.start()
        try await bench.pushImage([[1]], tags: ["kept"], to: "a")
        let name = try RepositoryName("a")
        for (tag, offset) in [("kept", 0), ("gone", 0), ("kept", 9)] as [(String, Int64)] {
            var record = UsageTests.sample("GET", in: name, by: "ann", at: time(offset).microseconds)
            record.reference = .tag(try Tag(tag))
            counter.conclude(record)
        }
        await bench.ledger.tend()
        try await bench.ledger.forgetUsage(before: first + 5)
        let (totals, tags, clients) = try await bench.ledger.report { (tables) throws(LedgerError) in
            var (totals, clients) = ([Int64](), [String: Int64]())
            try tables.eachTotalUsage { totals.append($1.pulls) }
            try tables.eachClient(since: 0) { clients[$0] = $1.pulls }
            let repository = try tables.repository("a")?.id ?? 0
            return (totals, try tables.totalUsage(ofTagsIn: repository), clients)
        }
        #expect(totals == [3])
        #expect(tags.mapValues(\.pulls) == ["kept": 2])
        #expect(tags["kept"]?.lastPullBy == "ann" && tags["kept"]?.lastPull == time(9))
        #expect(clients == ["ann": 1])
        #expect(try await bench.ledger.usage(of: name, .all).map(\.day) == [first + 9])
        await bench.ledger.close()
    }

    @Test("is made of use that an earlier version has kept")
    func migration() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.db"
        do {
            let old = try SQLiteConnection(path, .writing)
            try old.execute(LedgerSchema.steps[0])
            try old.execute(
                """
                PRAGMA user_version = 1;
                INSERT INTO repositories (name) VALUES ('a');
                INSERT INTO usage_daily (day, repository, kind, reference, pulls, last_pull, last_pull_by)
                    VALUES (7, 1, 0, '', 2, 5, 'ann'), (9, 1, 0, '', 3, 6, 'bob'), (9, 1, 1, 't', 1, 4, 'eve');
                """
            )
        }
        _ = try LedgerFile.open(path)
        try LedgerReader(path).read { (tables) throws(LedgerError) in
            let usage = try tables.totalUsage(of: 1)
            #expect(usage?.pulls == 5 && usage?.lastPull?.microseconds == 6 && usage?.lastPullBy == "bob")
            #expect(try tables.totalUsage(ofTagsIn: 1)["t"]?.lastPullBy == "eve")
            #expect(try tables.usageSince()?.microseconds == 7 * 86_400_000_000)
        }
        #expect(try folder.files().keys.contains("ledger.db.version-1"))
    }

    @Test("is by client as far as there is room, and by nobody beyond")
    func clients() {
        let counts = ClientCounts()
        for number in 0..<40_000 {
            counts.add(
                UsageCounter.Use(pulls: 1, sentBytes: 3, receivedBytes: 0, clientName: "\(number)", time: 4),
                day: 1
            )
        }
        let taken = counts.take()
        #expect(taken.count <= 16 * 1025)
        #expect(taken.values.reduce(0) { $0 + $1.pulls } == 40_000)
        #expect(taken.filter { $0.key.client.isEmpty }.values.reduce(0) { $0 + $1.pulls } > 20_000)
        #expect(counts.take().isEmpty)
        counts.giveBack(taken)
        #expect(counts.take().values.reduce(0) { $0 + $1.sentBytes } == 120_000)
    }
}
