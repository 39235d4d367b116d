//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryLedger

@Suite("A ledger that cannot be used", .timeLimit(.minutes(5)))
struct DegradedLedgerTests {
    private func check(_ bench: LedgerBench) async throws {
        #expect(bench.ledger.standing.state == .current)
        #expect(try await bench.differences() == [])
        #expect(try await bench.ledger.figures(after: nil, limit: 100) == BruteForce.figures(bench.driver))
    }

    @Test("because another process has it keeps nobody from pushing, and catches up")
    func locked() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let first = try LedgerBench(storage, folder: folder)
        await first.start()
        try await first.pushImage([[1]], tags: ["1"], to: "a")
        let second = try LedgerBench(storage, folder: folder)
        await second.start()
        #expect(second.ledger.standing.state == .degraded)
        #expect(second.ledger.standing.cause?.kind == .locked)
        try await second.pushImage([[2]], tags: ["2"], to: "b")
        #expect(try await second.catalog.list(after: nil, limit: 10).items == ["a", "b"])
        #expect(second.instruments.ledger.changes[.missed].value > 0)
        // The owner notices that something was changed without it.
        #expect(try await first.catalog.list(after: nil, limit: 10).items == ["a"])
        await first.ledger.tend()
        #expect(first.ledger.standing.state == .catchingUp)
        await first.ledger.tend()
        try await check(first)
        await first.ledger.close()
        // And the other takes over when the owner is gone.
        await second.start()
        try await check(second)
        #expect(
            second.events.filter { $0.hasPrefix("ledger") } == [
                "ledger_degraded", "ledger_catching_up", "ledger_current",
            ]
        )
        await second.ledger.close()
    }

    @Test("because its disk hangs just as the server goes down is given up by it", .timeLimit(.minutes(5)))
    func hangsAtTheEnd() async throws {
        let bench = try LedgerBench(patience: .seconds(2))
        await bench.start()
        let disk = DispatchSemaphore(value: 0)
        bench.ledger.writer.submit(durably: false, { _ in disk.wait() }, isDone: { _ in })
        // It has to begin anew, which waits behind that.
        bench.ledger.state.withLock { $0.hasMissed = true }
        let service = Task { await LedgerService(bench.ledger, interval: .milliseconds(10)).run() }
        try await eventually("something waits") { bench.instruments.ledger.queue.value > 1 }
        service.cancel()
        await service.value
        disk.signal()
        await bench.ledger.close()
    }

    @Test("because its file is locked by a program that looks into it catches up")
    func busy() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let visitor = try SQLiteConnection(bench.folder.path + "/ledger.db", .writing)
        try visitor.execute("BEGIN IMMEDIATE")
        try await bench.pushImage([[1]], tags: ["1"], to: "a")
        // A push waits for the ledger no longer than its limit, which may end before the file is given up.
        try await eventually("the ledger is degraded") { bench.ledger.standing.state == .degraded }
        #expect(bench.ledger.standing.cause?.kind == .locked)
        try visitor.execute("ROLLBACK")
        await bench.start()
        try await check(bench)
        await bench.ledger.close()
    }

    @Test("because its file is damaged is made anew, and the damaged one set aside")
    func damaged() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let first = try LedgerBench(storage, folder: folder)
        await first.start()
        try await first.pushImage([[1]], tags: ["1"], to: "a")
        await first.ledger.close()
        try folder.write(Array(repeating: 0x55, count: 10_000), to: "ledger.db")
        let second = try LedgerBench(storage, folder: folder)
        await second.start()
        try await check(second)
        #expect(second.events.contains("ledger_damaged"))
        #expect(try folder.files().keys.contains { $0.hasPrefix("ledger.db.damaged-") })
        await second.ledger.close()
    }

    @Test("because a later version wrote it is left alone")
    func newer() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.db"
        do { try LedgerFile.open(path).execute("PRAGMA user_version = 99") }
        let bench = try LedgerBench(folder: folder)
        await bench.start()
        #expect(bench.ledger.standing.cause?.kind == .newer)
        try await bench.pushImage([[1]], tags: ["1"], to: "a")
        #expect(try await bench.catalog.list(after: nil, limit: 10).items == ["a"])
        await bench.ledger.close()
        #expect(try SQLiteConnection(path, .reading).first("PRAGMA user_version") { $0.integer(0) } == 99)
    }

    @Test("because there is no folder for it does not keep anyone from pushing")
    func noFolder() async throws {
        let bench = try LedgerBench(file: "none/ledger.db")
        await bench.start()
        #expect(bench.ledger.standing.state == .degraded)
        try await bench.pushImage([[1]], tags: ["1"], to: "a")
        #expect(try await bench.tags.list(in: RepositoryName("a"), after: nil, limit: nil).items == ["1"])
        await bench.ledger.close()
    }

    @Test("that was copied while it was in use is compared with the storage when the copy is put back")
    func copied() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let first = try LedgerBench(storage, folder: folder)
        await first.start()
        try await first.pushImage([[1]], tags: ["1"], to: "a")
        try await first.ledger.writer.settle()
        // A consistent copy, as sqlite3's .backup makes one.
        try SQLiteConnection(folder.path + "/ledger.db", .writing).execute("VACUUM INTO '\(folder.path)/copy.db'")
        try await first.pushImage([[2]], tags: ["1"], to: "b")
        await first.ledger.close()
        try folder.write(try #require(try folder.files()["copy.db"]), to: "ledger.db")
        let second = try LedgerBench(storage, folder: folder)
        await second.ledger.open()
        #expect(second.ledger.standing.state == .catchingUp)
        await second.ledger.tend()
        try await check(second)
        await second.ledger.close()
    }

    @Test("that is of another time than the storage is compared with it")
    func restored() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        let first = try LedgerBench(storage, folder: folder)
        await first.start()
        try await first.pushImage([[1]], tags: ["1"], to: "a")
        await first.ledger.close()
        let copy = try #require(try folder.files()["ledger.db"])
        let second = try LedgerBench(storage, folder: folder)
        await second.start()
        try await second.pushImage([[2]], tags: ["1"], to: "b")
        await second.ledger.close()
        try folder.write(copy, to: "ledger.db")
        let third = try LedgerBench(storage, folder: folder)
        await third.ledger.open()
        #expect(third.ledger.standing.state == .catchingUp)
        await third.ledger.tend()
        try await check(third)
        await third.ledger.close()
    }

    @Test("finds changes that others made when it is compared, and mends what it had computed wrongly")
    func drift() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let name = try RepositoryName("a")
        let manifest = try await bench.pushImage([[1], [2]], tags: ["1", "2"], to: "a")
        try await bench.pushImage([[1]], tags: ["1"], to: "b")
        // Another server.
        try await bench.driver.remove(DiskLayout.tag(name, Tag("2")))
        try await bench.driver.remove(DiskLayout.blob(Digest.of([2])))
        try await bench.driver.remove(DiskLayout.layerLink(name, Digest.of([1])))
        try await bench.driver.remove(DiskLayout.repository(RepositoryName("b")))
        try await bench.ledger.writer.perform { (transaction) throws(SQLiteError) in
            try transaction.database.run("UPDATE repositories SET exclusive_bytes = 12345 WHERE name = 'a'")
            try transaction.database.run("UPDATE repository_blobs SET reference_count = 9 WHERE blob = 1")
        }
        let kinds = Set(try await bench.differences().map(\.kind))
        #expect(kinds == ["tag", "blob", "layer", "manifest", "repository", "sum"])
        #expect(
            try await bench.differences().contains(
                .init("tag", "a", "2", ledger: manifest.digest.description, storage: nil)
            )
        )
        await bench.ledger.startOver()
        await bench.ledger.tend()
        try await check(bench)
        await bench.ledger.close()
    }

    @Test("counts what it refuses out of its queue")
    func queue() async throws {
        let folder = try TemporaryFolder()
        let instruments = Instruments(driverName: "inmemory").ledger
        let writer = LedgerWriter(instruments) { _ in }
        try await writer.open(folder.path + "/ledger.db")
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let release = DispatchSemaphore(value: 0)
        writer.submit { (_) throws(SQLiteError) in
            enter.finish()
            release.wait()
        }
        for await _ in entered {}
        for _ in 0..<3 { writer.submit { (_) throws(SQLiteError) in } }
        #expect(instruments.queue.value == 4)
        writer.close()
        release.signal()
        await writer.shutdown()
        #expect(instruments.queue.value == 0)
    }
}
