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

@Suite("A ledger of an older version", .timeLimit(.minutes(5)))
struct MigrationTests {
    /// What a version wrote that had only the first tables.
    private func write(_ path: String) throws {
        let database = try SQLiteConnection(path, .writing)
        try database.execute(LedgerSchema.steps[0])
        try database.execute(
            """
            INSERT INTO repositories (id, name) VALUES (1, 'a');
            INSERT INTO tag_history (repository, tag, changed_at, actor) VALUES (1, 'old', 7, 'ann');
            INSERT INTO usage_daily (day, repository, kind, reference, pulls, clients, last_pull, last_pull_by)
                VALUES (3, 1, 0, '', 5, x'', 300000000000, 'bob'), (4, 1, 0, '', 2, x'', 400000000000, 'eve');
            PRAGMA user_version = 1;
            """
        )
    }

    @Test("gets the tables of now, keeps what only it knows, and is copied before")
    func first() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.db"
        try write(path)
        let storage = InMemoryDriver()
        let other = try LedgerBench(storage, isJournalled: false)
        try await other.pushImage([[1]], tags: ["1"], to: "a")
        let bench = try LedgerBench(storage, folder: folder)
        await bench.start()
        #expect(bench.ledger.standing.state == .current)
        let name = try RepositoryName("a")
        let history = try await bench.ledger.history(of: nil, in: name, limit: 10)
        #expect(history.map(\.tag) == ["old"] && history.last?.actor == "ann")
        #expect(try await bench.ledger.usage(of: name, .all).map(\.pulls) == [5, 2])
        #expect(try await bench.differences() == [])
        let since = try await bench.ledger.report { (tables) throws(LedgerError) in try tables.usageSince() }
        let firstDay: Int64 = 3 * 86_400_000_000
        #expect(since?.microseconds == firstDay)
        await bench.ledger.close()
        let now = try SQLiteConnection(path, .reading)
        #expect(try now.first("PRAGMA user_version") { $0.integer(0) } == LedgerSchema.version)
        let total = try now.first("SELECT pulls, last_pull_by FROM usage_totals") { ($0.integer(0), $0.text(1)) }
        #expect(total?.0 == 7 && total?.1 == "eve")
        let copy = try SQLiteConnection(path + ".version-1", .reading)
        #expect(try copy.first("PRAGMA user_version") { $0.integer(0) } == 1)
        #expect(try copy.first("SELECT count(*) FROM tag_history") { $0.integer(0) } == 1)
    }

    @Test("stays as it is where it cannot be copied, and pushes go on")
    func noRoom() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.db"
        try write(path)
        // In the way of the copy.
        try folder.write([1], to: "ledger.db.version-1/file")
        let bench = try LedgerBench(folder: folder)
        await bench.start()
        #expect(bench.ledger.standing.state == .degraded)
        try await bench.pushImage([[1]], tags: ["1"], to: "a")
        #expect(try await bench.tags.list(in: RepositoryName("a"), after: nil, limit: nil).items == ["1"])
        await bench.ledger.close()
        #expect(try SQLiteConnection(path, .reading).first("PRAGMA user_version") { $0.integer(0) } == 1)
    }
}
