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

@Suite("The queues of the outbox", .timeLimit(.minutes(5)))
struct OutboxQueueTests {
    /// A ledger with some events, of five bytes each.
    private func bench(_ count: Int, history: Duration = .seconds(3600)) async throws -> LedgerBench {
        let bench = try LedgerBench(router: PlainRouter(), history: history)
        await bench.start()
        try await bench.ledger.writer.perform { (transaction) throws(SQLiteError) in
            for number in 0..<count { try transaction.release(Self.entry(number)) }
        }
        return bench
    }

    private static func entry(_ number: Int) -> OutboxEntry {
        OutboxEntry(
            id: "id-\(number)",
            repository: "a",
            action: .push,
            time: 1,
            body: "b\(1000 + number)",
            trace: "",
            endpoints: ["one", "two"]
        )
    }

    private func ids(_ bench: LedgerBench, _ endpoint: String = "one", after position: Int64 = 0) async throws
        -> [String]
    {
        try await bench.ledger.outbox.pending(for: endpoint, after: position, limit: 1000, bytes: .max).map(\.entry.id)
    }

    @Test("are read in pieces, by number and by bytes")
    func pieces() async throws {
        let bench = try await bench(10)
        let first = try await bench.ledger.outbox.pending(for: "one", after: 0, limit: 4, bytes: .max)
        #expect(first.map(\.entry.id) == ["id-0", "id-1", "id-2", "id-3"])
        let position = try #require(first.last?.position)
        let second = try await bench.ledger.outbox.pending(for: "one", after: position, limit: 100, bytes: 11)
        #expect(second.map(\.entry.id) == ["id-4", "id-5", "id-6"])
        #expect(second.first?.entry.endpoints == ["one"])
        await bench.ledger.close()
    }

    @Test("do not take an event twice")
    func twice() async throws {
        let bench = try await bench(2)
        try await bench.ledger.writer.perform { (transaction) throws(SQLiteError) in
            try transaction.release(Self.entry(1))
        }
        #expect(try await ids(bench) == ["id-0", "id-1"])
        #expect(try await bench.ledger.outbox.depth(of: "one").count == 2)
        await bench.ledger.close()
    }

    @Test("let go of what has arrived, each for itself")
    func settling() async throws {
        let bench = try await bench(3)
        let items = try await bench.ledger.outbox.pending(for: "one", after: 0, limit: 2, bytes: .max)
        await bench.ledger.outbox.settle(
            [
                OutboxOutcome(items[0].position, .delivered),
                OutboxOutcome(items[1].position, .dead(reason: "status", detail: "400", attempts: 3)),
            ],
            of: "one"
        )
        #expect(try await ids(bench) == ["id-2"])
        #expect(try await ids(bench, "two").count == 3)
        let depth = try await bench.ledger.outbox.depth(of: "one")
        #expect(depth.count == 1 && depth.bytes == 5 && depth.deadLetters == 1)
        let dead = try await bench.ledger.outbox.list(endpoint: "one", state: .dead, after: 0, limit: 10)
        #expect(dead.map(\.item.entry.id) == ["id-1"])
        #expect(dead.first?.reason == "status" && dead.first?.detail == "400" && dead.first?.attempts == 3)
        // The same once more changes nothing.
        await bench.ledger.outbox.settle([OutboxOutcome(items[0].position, .delivered)], of: "one")
        #expect(try await bench.ledger.outbox.depth(of: "one") == depth)
        let rows = try await bench.ledger.outbox.show("id-1")
        #expect(rows.map(\.endpoint) == ["two", "one"] && rows.map(\.state) == [.pending, .dead])
        await bench.ledger.close()
    }

    @Test("are settled later where the ledger cannot be used, and are not sent again meanwhile")
    func settledLater() async throws {
        let bench = try await bench(2)
        let items = try await bench.ledger.outbox.pending(for: "one", after: 0, limit: 2, bytes: .max)
        bench.ledger.writer.close()
        await bench.ledger.outbox.settle([OutboxOutcome(items[0].position, .delivered)], of: "one")
        try await bench.ledger.writer.open(bench.folder.path + "/ledger.db")
        #expect(try await ids(bench) == ["id-1"])
        await bench.ledger.tend()
        #expect(try await bench.ledger.outbox.depth(of: "one").count == 1)
        await bench.ledger.close()
    }

    @Test("give up the oldest by number, bytes and age")
    func trimming() async throws {
        let bench = try await bench(10)
        let byCount = try await bench.ledger.outbox.trim("one", to: OutboxBounds(count: 7))
        #expect(byCount.count == 3 && byCount.bytes == 0 && byCount.age == 0 && byCount.last != nil)
        #expect(try await ids(bench).first == "id-3")
        let byBytes = try await bench.ledger.outbox.trim("one", to: OutboxBounds(count: 7, bytes: 22))
        #expect(byBytes.bytes == 3)
        #expect(try await ids(bench).first == "id-6")
        let byAge = try await bench.ledger.outbox.trim("one", to: OutboxBounds(count: 7, bytes: 22, time: .max))
        #expect(byAge.age == 4)
        #expect(try await ids(bench) == [])
        #expect(try await ids(bench, "two").count == 10)
        let dead = try await bench.ledger.outbox.list(endpoint: "one", state: .dead, after: 0, limit: 100)
        #expect(
            dead.map(\.reason) == ["count", "count", "count", "bytes", "bytes", "bytes", "age", "age", "age", "age"]
        )
        await bench.ledger.close()
    }

    @Test("keep the youngest dead letters, by number and by age", arguments: [0, 3600])
    func deadLetters(history: Int64) async throws {
        let bench = try await bench(1200, history: .seconds(history))
        let items = try await bench.ledger.outbox.pending(for: "one", after: 0, limit: 1200, bytes: .max)
        let dead = OutboxOutcome.Result.dead(reason: "retries", detail: "", attempts: 1)
        // The last event is the first that is given up.
        for item in [items[1199]] + items.dropLast() {
            await bench.ledger.outbox.settle([OutboxOutcome(item.position, dead)], of: "one")
        }
        let byCount = try await bench.ledger.outbox.trim("one", to: OutboxBounds(deadLetters: 3, deathTime: .min))
        #expect(byCount.deadByCount == 1197 && byCount.deadByAge == 0 && byCount.count == 0 && byCount.last == nil)
        func left() async throws -> [OutboxRow] {
            try await bench.ledger.outbox.list(endpoint: "one", state: .dead, after: 0, limit: 10)
        }
        let rows = try await left()
        #expect(rows.map(\.item.entry.id) == ["id-1196", "id-1197", "id-1198"])
        #expect(try await bench.ledger.outbox.depth(of: "one").deadLetters == 3)
        let time = try #require(rows[1].diedAt)
        let byAge = try await bench.ledger.outbox.trim("one", to: OutboxBounds(deadLetters: 3, deathTime: time))
        #expect(byAge.deadByAge == 1 && byAge.deadByCount == 0)
        #expect(try await left().map(\.item.entry.id) == ["id-1197", "id-1198"])
        #expect(
            try await bench.ledger.outbox.trim("one", to: OutboxBounds(deadLetters: 3, deathTime: time)) == OutboxTrim()
        )
        // Whoever else has them in a queue keeps them.
        #expect(try await ids(bench, "two").count == 1000)
        #expect(try await bench.ledger.outbox.depth(of: "two").count == 1200)
        await bench.ledger.close()
    }

    @Test("take dead letters back, by id or all, behind what waits")
    func retrying() async throws {
        let bench = try await bench(4)
        _ = try await bench.ledger.outbox.trim("one", to: OutboxBounds(count: 1))
        #expect(try await bench.ledger.outbox.retry(["id-1", "id-3"], of: "one") == 1)
        #expect(try await ids(bench) == ["id-3", "id-1"])
        #expect(try await bench.ledger.outbox.retry(nil, of: "one") == 2)
        #expect(try await ids(bench) == ["id-3", "id-1", "id-0", "id-2"])
        #expect(
            try await bench.ledger.outbox.depth(of: "one")
                == OutboxDepth(
                    count: 4,
                    bytes: 20,
                    oldest: try await bench.ledger.outbox.depth(of: "one").oldest,
                    deadLetters: 0
                )
        )
        await bench.ledger.close()
    }

    @Test("let go of what an operator drops")
    func dropping() async throws {
        let bench = try await bench(4)
        #expect(try await bench.ledger.outbox.drop(["id-1"], .pending, of: "one") == 1)
        #expect(try await bench.ledger.outbox.drop(nil, .pending, of: "one") == 3)
        #expect(try await ids(bench) == [])
        #expect(try await bench.ledger.outbox.depth(of: "one").deadLetters == 4)
        #expect(try await bench.ledger.outbox.drop(["id-0"], .dead, of: "one") == 1)
        #expect(try await bench.ledger.outbox.drop(nil, .dead, of: "one") == 3)
        #expect(try await bench.ledger.outbox.depth(of: "one") == OutboxDepth())
        #expect(try await ids(bench, "two").count == 4)
        await bench.ledger.close()
    }

    @Test("take events once more, also those that all have")
    func replaying() async throws {
        let bench = try await bench(3)
        for endpoint in ["one", "two"] {
            let items = try await bench.ledger.outbox.pending(for: endpoint, after: 0, limit: 10, bytes: .max)
            await bench.ledger.outbox.settle(items.map { OutboxOutcome($0.position, .delivered) }, of: endpoint)
        }
        #expect(try await bench.ledger.outbox.list(endpoint: nil, state: .delivered, after: 0, limit: 10).count == 3)
        #expect(try await bench.ledger.outbox.replay(since: .max, to: "one") == 0)
        #expect(try await bench.ledger.outbox.replay(since: 0, to: "one") == 3)
        #expect(try await ids(bench) == ["id-0", "id-1", "id-2"])
        #expect(try await bench.ledger.outbox.replay(since: 0, to: "new") == 3)
        #expect(try await ids(bench, "new").count == 3)
        await bench.ledger.close()
    }

    @Test("keep nothing that all have, longer than is said", arguments: [0, 3600])
    func forgetting(seconds: Int64) async throws {
        let bench = try await bench(3, history: .seconds(seconds))
        for endpoint in ["one", "two"] {
            let items = try await bench.ledger.outbox.pending(for: endpoint, after: 0, limit: 2, bytes: .max)
            await bench.ledger.outbox.settle(items.map { OutboxOutcome($0.position, .delivered) }, of: endpoint)
        }
        await bench.ledger.tend()
        let kept = try await bench.ledger.outbox.list(endpoint: nil, state: .delivered, after: 0, limit: 10).count
        #expect(kept == (seconds == 0 ? 0 : 2))
        #expect(try await bench.ledger.outbox.show("id-2").count == 2)
        await bench.ledger.close()
    }
}

@Suite("A line of the spool", .timeLimit(.minutes(5)))
struct SpoolRecordTests {
    @Test("is read as it was written")
    func roundTrip() throws {
        let entry = OutboxEntry(
            id: "1",
            repository: "a/b",
            action: .mount,
            time: 1_795_000_000_000_001,
            body: "{\"a\":\"ü\\n\u{2028}\"}",
            trace: "00-1-2-00",
            endpoints: ["one", "two words"]
        )
        let name = try RepositoryName("a/b")
        let digest = Digest.of([1])
        let records: [SpoolRecord] = [
            .promised(
                7,
                [
                    PromisedEvent(fact: StorageFact(.layer(name, digest), digest), entry: entry),
                    PromisedEvent(fact: StorageFact(.tag(name, try Tag("x")), nil), entry: entry),
                ]
            ),
            .ended(.max, [entry]), .ended(8, []),
        ]
        for record in records {
            #expect(record.line.last == "\n" && record.line.filter { $0 == "\n" }.count == 1)
            #expect(SpoolRecord(Array(record.line.utf8.dropLast())) == record)
            for end in 0..<record.line.utf8.count - 2 {
                #expect(SpoolRecord(Array(record.line.utf8.prefix(end))) == nil)
            }
        }
    }
}
