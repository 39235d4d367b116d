//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryLedger

@Suite("The outbox of events", .timeLimit(.minutes(5)))
struct OutboxTests {
    private func started(_ storage: any StorageDriver = InMemoryDriver()) async throws -> LedgerBench {
        let bench = try LedgerBench(storage, router: PlainRouter())
        await bench.start()
        return bench
    }

    @Test("has what was pushed, mounted and deleted, in order")
    func order() async throws {
        let bench = try await started()
        let (a, b) = (try RepositoryName("a"), try RepositoryName("b"))
        let blob = try await bench.push([1], to: a)
        #expect(try await bench.blobs.mount(blob, from: a, to: b))
        let manifest = WireClient.manifest(configuration: [1], layers: [])
        let digest = try await bench.put(manifest, tags: ["1", "2"], in: a).digest
        try await bench.put(manifest, in: a)
        try await bench.tags.delete(Tag("1"), in: a)
        try await bench.manifests.delete(digest, in: a, tags: bench.tags)
        try await bench.blobs.delete(blob, in: b)
        let (m, c) = (PlainRouter.short(digest), PlainRouter.short(blob))
        let expected = [
            "push a \(c)", "mount b \(c) from a", "push a 1 \(m)", "push a 2 \(m)", "push a - \(m)", "delete a tag 1",
            "delete a manifest \(m)", "delete a tag 2", "delete b blob \(c)",
        ]
        #expect(try await bench.pending() == expected)
        #expect(try await bench.pending("two") == expected)
        #expect(try await bench.pending("three") == [])
        let depth = try await bench.ledger.outbox.depth(of: "two")
        #expect(depth.count == 9 && depth.bytes == expected.reduce(0) { $0 + Int64($1.utf8.count) })
        #expect(depth.oldest != nil && depth.deadLetters == 0)
        await bench.ledger.close()
    }

    @Test("has nothing of a change that was refused, and nothing of one that failed before anything was made")
    func failures() async throws {
        let fails = Mutex(false)
        let storage = FaultyDriver(InMemoryDriver()) { verb, path in
            guard verb == .replace, path.description.contains("_manifests"), fails.withLock({ $0 }) else { return nil }
            return StorageError(.failed, "write", path, cause: "made up")
        }
        let bench = try await started(storage)
        let name = try RepositoryName("a")
        await #expect(throws: RegistryError.self) { try await bench.tags.delete(Tag("1"), in: name) }
        await #expect(throws: RegistryError.self) {
            try await bench.put(WireClient.manifest(configuration: [1], layers: []), in: name)
        }
        let blob = try await bench.push([1], to: name)
        fails.withLock { $0 = true }
        await #expect(throws: RegistryError.self) {
            try await bench.put(WireClient.manifest(configuration: [1], layers: []), tags: ["1"], in: name)
        }
        fails.withLock { $0 = false }
        // Looks up what has become of it.
        await bench.ledger.tend()
        #expect(try await bench.pending() == ["push a \(PlainRouter.short(blob))"])
        #expect(try await bench.ledger.facts().intents == 0)
        #expect(try await bench.promises() == 0)
        await bench.ledger.close()
    }

    @Test("has what was made before a push failed")
    func halfMade() async throws {
        let fails = Mutex(true)
        let storage = FaultyDriver(InMemoryDriver()) { verb, path in
            guard verb == .replace, path.description.contains("/tags/2/"), fails.withLock({ $0 }) else { return nil }
            return StorageError(.failed, "write", path, cause: "made up")
        }
        let bench = try await started(storage)
        let name = try RepositoryName("a")
        let blob = try await bench.push([1], to: name)
        let manifest = WireClient.manifest(configuration: [1], layers: [])
        await #expect(throws: RegistryError.self) { try await bench.put(manifest, tags: ["1", "2"], in: name) }
        await bench.ledger.tend()
        let digest = PlainRouter.short(Digest.of(manifest))
        #expect(try await bench.pending() == ["push a \(PlainRouter.short(blob))", "push a 1 \(digest)"])
        await bench.ledger.close()
    }

    @Test(
        "gets what was promised and made before the end of a process, and nothing that was not made",
        arguments: [true, false]
    )
    func crash(isMade: Bool) async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let first = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await first.start()
        let name = try RepositoryName("a")
        let digest = Digest.of([7])
        let descriptor = Descriptor(mediaType: .octetStream, digest: digest, size: 1)
        let event = StorageEvent(.push, .blob(descriptor), in: name)
        _ = await first.ledger.begin(
            Mutation([.layer(name, digest)], by: MutationOrigin(), telling: [event])
        )
        if isMade {
            _ = try await storage.replace(DiskLayout.blob(digest), with: ByteBuffer(bytes: [7]), .durable)
            let link = ByteBuffer(string: digest.description)
            _ = try await storage.replace(DiskLayout.layerLink(name, digest), with: link, .durable)
        }
        // As the end of the process does it.
        first.ledger.writer.close()
        first.ledger.state.withLock { $0.lock = nil }
        let second = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await second.start()
        #expect(try await second.pending() == (isMade ? ["push a \(PlainRouter.short(digest))"] : []))
        #expect(try await second.promises() == 0)
        await second.ledger.close()
    }

    @Test("gets what came while the ledger could not be used, in order and once")
    func spooled() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let owner = try LedgerBench(storage, folder: folder)
        await owner.start()
        let bench = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await bench.start()
        #expect(bench.ledger.standing.state == .degraded)
        let name = try RepositoryName("a")
        var expected: [String] = []
        for number in UInt8(0)..<20 {
            expected.append("push a \(PlainRouter.short(try await bench.push([number], to: name)))")
        }
        await #expect(throws: RegistryError.self) { try await bench.blobs.delete(Digest.of([99]), in: name) }
        #expect(try folder.files()["ledger.db.events"] != nil)
        await owner.ledger.close()
        await bench.ledger.tend()
        #expect(bench.ledger.standing.state != .degraded)
        #expect(try await bench.pending() == expected)
        #expect(try folder.files()["ledger.db.events"] == nil)
        expected.append("push a \(PlainRouter.short(try await bench.push([200], to: name)))")
        #expect(try await bench.pending() == expected)
        #expect(bench.instruments.ledger.outbox.spooled.value > 0)
        await bench.ledger.tend()
        #expect(try await bench.promises() == 0)
        await bench.ledger.close()
    }

    @Test("gets what a process that was killed left beside the ledger")
    func leftBehind() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let name = try RepositoryName("a")
        let owner = try LedgerBench(storage, folder: folder)
        await owner.start()
        let killed = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await killed.start()
        let made = try await killed.push([1], to: name)
        let descriptor = Descriptor(mediaType: .octetStream, digest: Digest.of([9]), size: 1)
        _ = await killed.ledger.begin(
            Mutation(
                [.layer(name, descriptor.digest)],
                by: MutationOrigin(),
                telling: [StorageEvent(.push, .blob(descriptor), in: name)]
            )
        )
        await owner.ledger.close()
        let spool = try #require(try folder.files()["ledger.db.events"])
        try folder.write(spool + Array("{\"intent\":\"7\",\"ended\":[{\"id\":\"half".utf8), to: "ledger.db.events")
        let next = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await next.start()
        await next.ledger.tend()
        #expect(try await next.pending() == ["push a \(PlainRouter.short(made))"])
        #expect(try await next.promises() == 0)
        await next.ledger.close()
    }

    @Test("gets pulls a little later, and counts those that a kill took along")
    func pulls() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let first = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await first.start()
        let name = try RepositoryName("a")
        let descriptor = Descriptor(mediaType: .octetStream, digest: Digest.of([7]), size: 1)
        let event = StorageEvent(.pull, .blob(descriptor), in: name)
        for _ in 0..<3 { first.ledger.outbox.pulled(event, by: MutationOrigin()) }
        #expect(try await first.pending() == [])
        await first.ledger.tend()
        #expect(try await first.pending().count == 3)
        for _ in 0..<2 { first.ledger.outbox.pulled(event, by: MutationOrigin()) }
        first.ledger.writer.close()
        first.ledger.state.withLock { $0.lock = nil }
        let second = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await second.start()
        #expect(second.instruments.ledger.outbox.lost[.crash].value == 2)
        #expect(try await second.pending().count == 3)
        await second.ledger.close()
        let third = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await third.start()
        #expect(third.instruments.ledger.outbox.lost[.crash].value == 0)
        await third.ledger.close()
    }

    @Test("gets what can still be read when the ledger is damaged")
    func damaged() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let first = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await first.start()
        for number in UInt8(0)..<200 { try await first.push([number], to: RepositoryName("a")) }
        let pending = try await first.pending()
        await first.ledger.close()
        // A table that events do not need.
        var bytes = try #require(try folder.files()["ledger.db"])
        let pages = try SQLiteConnection(folder.path + "/ledger.db", .reading)
            .rows("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'meta'") { Int($0.integer(0)) }
        for page in pages { for place in 0..<4096 { bytes[(page - 1) * 4096 + place] = 0x55 } }
        try folder.write(bytes, to: "ledger.db")
        let second = try LedgerBench(storage, folder: folder, router: PlainRouter())
        await second.start()
        #expect(second.events.contains("ledger_damaged"))
        #expect(try await second.pending() == pending && pending.count == 200)
        await second.ledger.close()
    }

    @Test("tells that events have come")
    func arrival() async throws {
        let bench = try await started()
        let count = Mutex(0)
        bench.ledger.outbox.onArrival { count.withLock { $0 += 1 } }
        try await bench.push([1], to: RepositoryName("a"))
        _ = try await bench.pending()
        #expect(count.withLock { $0 } == 1)
        await bench.ledger.close()
    }
}

extension LedgerBench {
    /// Events of changes that are under way.
    func promises() async throws -> Int64 {
        try await ledger.read { (reading) throws(SQLiteError) in
            try reading.database.first("SELECT count(*) FROM promised_events") { $0.integer(0) } ?? 0
        }
    }
}
