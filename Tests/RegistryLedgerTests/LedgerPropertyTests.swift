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

@Suite("The ledger after thousands of changes", .timeLimit(.minutes(5)))
struct LedgerPropertyTests {
    private func check(_ bench: LedgerBench, _ comment: Comment) async throws {
        #expect(try await bench.differences() == [], comment)
        #expect(try await bench.ledger.figures(after: nil, limit: 100) == BruteForce.figures(bench.driver), comment)
    }

    @Test("has the sums of a brute force over the storage", arguments: [1, 2, 3] as [UInt64])
    func sums(seed: UInt64) async throws {
        let bench = try LedgerBench()
        await bench.start()
        var changes = RandomChanges(bench, seed: seed)
        for round in 0..<8 {
            for _ in 0..<250 { await changes.step() }
            try await check(bench, "seed \(seed), round \(round)")
        }
        #expect(bench.instruments.ledger.changes[.missed].value == 0)
        #expect(bench.instruments.ledger.intents.value == 0)
        await bench.ledger.close()
    }

    @Test("has them after changes that failed half way", arguments: [4, 5] as [UInt64])
    func failures(seed: UInt64) async throws {
        let faults = Mutex(SeededGenerator(state: seed))
        let storage = InMemoryDriver()
        // Of the calls that change something, one in eight fails.
        let faulty = FaultyDriver(storage) { verb, path in
            guard [.replace, .publish, .remove].contains(verb), path != DiskLayout.ledgerMark,
                faults.withLock({ $0.next() % 8 == 0 })
            else { return nil }
            return StorageError(.failed, "fault", path, cause: "made up")
        }
        let bench = try LedgerBench(faulty)
        await bench.start()
        var changes = RandomChanges(bench, seed: seed)
        for round in 0..<6 {
            for _ in 0..<250 { await changes.step() }
            await bench.ledger.tend()
            try await check(bench, "seed \(seed), round \(round)")
        }
        #expect(bench.instruments.ledger.changes[.uncertain].value > 50)
        await bench.ledger.close()
    }

    @Test("has them after changes at once, while it is compared with the storage")
    func concurrency() async throws {
        let bench = try LedgerBench()
        await bench.start()
        for round in 0..<4 {
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        var changes = RandomChanges(bench, seed: UInt64(100 * round + task))
                        for _ in 0..<80 { await changes.step() }
                    }
                }
                group.addTask {
                    for _ in 0..<3 {
                        await bench.ledger.startOver()
                        await bench.ledger.tend()
                    }
                }
            }
            #expect(bench.ledger.standing.state == .current)
            try await check(bench, "round \(round)")
        }
        await bench.ledger.close()
    }

    @Test("has them when it is opened again, changes it has not seen the end of included")
    func reopening() async throws {
        let (storage, folder) = (InMemoryDriver(), try TemporaryFolder())
        for run in 0..<10 {
            // The ledger of the run before is let go of, as the end of its process does, without being told.
            let bench = try LedgerBench(storage, folder: folder)
            await bench.start()
            #expect(bench.ledger.standing.state == .current)
            try await check(bench, "run \(run)")
            var changes = RandomChanges(bench, seed: UInt64(run))
            for _ in 0..<100 { await changes.step() }
            // Changes that begin and whose end is never told.
            let name = try RepositoryName("a")
            let lost = try await bench.pushImage([[UInt8(run), 1]], tags: ["lost"], to: "a")
            _ = await bench.ledger.begin(
                Mutation([.tag(name, try Tag("lost")), .manifest(name, lost.digest)], by: .init())
            )
            try await storage.remove(DiskLayout.tag(name, Tag("lost")))
            try await storage.remove(DiskLayout.revisionLink(name, lost.digest))
            await bench.ledger.close()
        }
    }
}
