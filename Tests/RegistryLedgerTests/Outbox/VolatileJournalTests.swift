//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryLedger

@Suite("Events without a ledger", .timeLimit(.minutes(5)))
struct VolatileJournalTests {
    private struct Bench {
        let journal: VolatileJournal
        let stores: LedgerBench
        let instruments = OutboxInstruments()

        init(
            _ storage: any StorageDriver = InMemoryDriver(),
            history: Duration = .seconds(3600),
            maximumBytes: Int64 = VolatileJournal.maximumBytes
        ) async throws {
            journal = VolatileJournal(
                PlainRouter(),
                history: history,
                driver: storage,
                instruments: instruments,
                maximumBytes: maximumBytes
            )
            stores = try LedgerBench(storage, journal: journal)
            await journal.start()
        }

        func pending(_ endpoint: String = "one") async throws -> [String] {
            try await items(endpoint).map(\.entry.body)
        }

        func items(_ endpoint: String) async throws -> [OutboxItem] {
            try await journal.outbox.pending(for: endpoint, after: 0, limit: 10_000, bytes: .max)
        }
    }

    @Test("wait for endpoints in order, and go when they have arrived")
    func order() async throws {
        let bench = try await Bench()
        let arrivals = Mutex(0)
        bench.journal.outbox.onArrival { arrivals.withLock { $0 += 1 } }
        let name = try RepositoryName("a")
        let blob = try await bench.stores.push([1], to: name)
        let manifest = WireClient.manifest(configuration: [1], layers: [])
        let digest = PlainRouter.short(try await bench.stores.put(manifest, tags: ["1"], in: name).digest)
        try await bench.stores.tags.delete(Tag("1"), in: name)
        bench.journal.outbox.pulled(
            StorageEvent(.pull, .blob(Descriptor(mediaType: .octetStream, digest: blob, size: 1)), in: name),
            by: MutationOrigin()
        )
        await bench.journal.tend()
        let short = PlainRouter.short(blob)
        let expected = ["push a \(short)", "push a 1 \(digest)", "delete a tag 1", "pull a \(short)"]
        #expect(try await bench.pending() == expected)
        #expect(arrivals.withLock { $0 } == 4)
        let outcomes = try await bench.items("one").map { OutboxOutcome($0.position, .delivered) }
        await bench.journal.outbox.settle(outcomes, of: "one")
        #expect(try await bench.pending() == [])
        #expect(try await bench.pending("two") == expected)
        #expect(try await bench.journal.outbox.list(endpoint: "two", state: nil, after: 0, limit: 10).count == 4)
        #expect(!bench.journal.outbox.isDurable)
        await bench.journal.close()
    }

    @Test("of a change whose end was not seen are those that the storage tells of")
    func uncertain() async throws {
        let fails = Mutex(true)
        let storage = FaultyDriver(InMemoryDriver()) { verb, path in
            guard verb == .replace, path.description.contains("/tags/2/"), fails.withLock({ $0 }) else { return nil }
            return StorageError(.failed, "write", path, cause: "made up")
        }
        let bench = try await Bench(storage)
        let name = try RepositoryName("a")
        let blob = try await bench.stores.push([1], to: name)
        let manifest = WireClient.manifest(configuration: [1], layers: [])
        await #expect(throws: RegistryError.self) {
            try await bench.stores.put(manifest, tags: ["1", "2"], in: name)
        }
        await bench.journal.tend()
        let digest = PlainRouter.short(Digest.of(manifest))
        #expect(try await bench.pending() == ["push a \(PlainRouter.short(blob))", "push a 1 \(digest)"])
        await bench.journal.close()
    }

    @Test("take no more memory than they may, and what has no room is counted")
    func bound() async throws {
        let bench = try await Bench(maximumBytes: 512 << 10)
        let name = try RepositoryName("a")
        let push = StorageEvent(.push, .blob(Descriptor(mediaType: .octetStream, digest: .of([1]), size: 1)), in: name)
        let mutation = Mutation([.layer(name, .of([1]))], by: MutationOrigin(), telling: [push])
        let count = 20_000
        for _ in 0..<count {
            let ticket = await bench.journal.begin(mutation)
            bench.journal.end(ticket, .done([.layerLinked(name, .of([1]), target: .of([1]))]), of: mutation)
        }
        let kept = try await bench.journal.outbox.depth(of: "one").count
        #expect(kept > 100)
        #expect(bench.instruments.lost[.full].value == Int64(count) - kept)
        let used = try await bench.journal.outbox.read { (database) throws(SQLiteError) in try database.usedBytes() }
        #expect(used < 600 << 10)
        // What has arrived makes room, although it would be kept for replaying otherwise.
        for endpoint in ["one", "two"] {
            let outcomes = try await bench.items(endpoint).map { OutboxOutcome($0.position, .delivered) }
            await bench.journal.outbox.settle(outcomes, of: endpoint)
        }
        await bench.journal.tend()
        let ticket = await bench.journal.begin(mutation)
        bench.journal.end(ticket, .done([.layerLinked(name, .of([1]), target: .of([1]))]), of: mutation)
        #expect(try await bench.pending().count == 1)
        await bench.journal.close()
    }
}
