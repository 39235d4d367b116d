//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryReports
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryLedger

/// Scheduled exports, by a clock that the tests set.
@Suite("Exports that were missed", .timeLimit(.minutes(5)))
struct MissedExportTests {
    private final class ManualClock: Sendable {
        private let time: Mutex<WallTime>

        init(_ text: String) throws { time = Mutex(try #require(WallTime(rfc3339: text.utf8))) }

        var now: WallTime { time.withLock { $0 } }

        func set(_ text: String) throws {
            let new = try #require(WallTime(rfc3339: text.utf8))
            time.withLock { $0 = new }
        }
    }

    /// A server that runs until the next is made.
    private struct Run {
        let service: ExportService
        var retries: [String: Int64] = [:]

        init(_ bench: LedgerBench, _ folder: String, _ clock: ManualClock) {
            let reporter = Reporter(.ledger(bench.ledger), storage: bench.driver, root: nil, pool: .forTests)
            let exporter = Exporter(reporter, scratch: folder) { _ in
                preconditionFailure("no export goes into a repository here")
            }
            let schedule = ExportSchedule(
                name: "nightly",
                timing: .at(2 * 3600),
                formats: [.csv],
                target: .directory(folder),
                keep: 10
            )
            service = ExportService(
                [schedule],
                exporter,
                bench.ledger,
                instruments: bench.instruments.exports,
                observer: bench.observer,
                changes: .init(begin: { true }, end: {}),
                now: { clock.now }
            )
        }

        mutating func round() async { await service.round(&retries) }
    }

    private func exports(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
    }

    private func published(_ bench: LedgerBench) -> Int { bench.events.count { $0 == "export_published" } }

    @Test("The last of them is caught up at the next start, once, and those before it are not")
    func missed() async throws {
        let bench = try LedgerBench()
        await bench.start()
        try await bench.pushImage([[1]], tags: ["1"], to: "a")
        let folder = bench.folder.path + "/exports"
        let clock = try ManualClock("2026-03-01T01:59:59Z")
        var run = Run(bench, folder, clock)
        // What was due before the first start is made then, so that there is one from the first day on.
        await run.round()
        #expect(try exports(folder) == ["nightly-20260228T020000Z"])
        try clock.set("2026-03-01T02:00:00Z")
        await run.round()
        await run.round()
        let first = ["nightly-20260228T020000Z", "nightly-20260301T020000Z"]
        #expect(try exports(folder) == first)
        // Down for three nights.
        try clock.set("2026-03-04T13:00:00Z")
        run = Run(bench, folder, clock)
        await run.round()
        #expect(try exports(folder) == first + ["nightly-20260304T020000Z"])
        // Neither a restart, nor the time that passes, nor a clock that was set back makes it again.
        for time in ["2026-03-04T13:00:01Z", "2026-03-05T01:59:59Z", "2026-03-02T12:00:00Z"] {
            try clock.set(time)
            run = Run(bench, folder, clock)
            await run.round()
        }
        #expect(published(bench) == 3)
        try clock.set("2026-03-05T02:00:00Z")
        await run.round()
        #expect(try exports(folder).last == "nightly-20260305T020000Z")
        #expect(published(bench) == 4)
        await bench.ledger.close()
    }

    @Test("What the ledger has forgotten is known from the folder, and not made twice")
    func forgotten() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let folder = bench.folder.path + "/exports"
        let clock = try ManualClock("2026-03-01T03:00:00Z")
        var run = Run(bench, folder, clock)
        await run.round()
        await bench.ledger.close()
        let other = try LedgerBench(bench.driver)
        await other.start()
        run = Run(other, folder, clock)
        await run.round()
        #expect(try exports(folder) == ["nightly-20260301T020000Z"])
        #expect(published(bench) == 1 && published(other) == 0)
        await other.ledger.close()
    }

    @Test("One that fails is tried again after five minutes, and is caught up then")
    func failed() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let folder = bench.folder.path + "/exports"
        // A file where the folder should be.
        try bench.folder.write([], to: "exports")
        let clock = try ManualClock("2026-03-01T03:00:00Z")
        var run = Run(bench, folder, clock)
        await run.round()
        try clock.set("2026-03-01T03:04:59Z")
        await run.round()
        #expect(bench.events.count { $0 == "export_failed" } == 1)
        try FileManager.default.removeItem(atPath: folder)
        await run.round()
        #expect(published(bench) == 0)
        try clock.set("2026-03-01T03:05:00Z")
        await run.round()
        #expect(try exports(folder) == ["nightly-20260301T020000Z"])
        await bench.ledger.close()
    }

    @Test("While the ledger is being compared nothing is made, and it is caught up after that")
    func incomplete() async throws {
        let bench = try LedgerBench()
        let folder = bench.folder.path + "/exports"
        let clock = try ManualClock("2026-03-01T03:00:00Z")
        var run = Run(bench, folder, clock)
        await bench.ledger.open()
        #expect(bench.ledger.standing.state == .catchingUp)
        await run.round()
        #expect(!FileManager.default.fileExists(atPath: folder))
        await bench.ledger.tend()
        await run.round()
        #expect(try exports(folder) == ["nightly-20260301T020000Z"])
        await bench.ledger.close()
    }
}
