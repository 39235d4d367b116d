//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

/// The sink against a real journal.
@Suite("Journal sink", .timeLimit(.minutes(5)))
struct JournalOutputTests {
    private let instruments = Instruments(driverName: "inmemory")

    private func pipeline(
        _ socket: String,
        limits: SinkQueue.Limits = SinkQueue.Limits(),
        batch: Int = 8
    ) throws -> LogPipeline {
        var plan = SinkPlan.journald(socket: socket, batch: batch)
        plan.limits = limits
        return try LogPipeline([plan], instruments: instruments)
    }

    private func dropped(_ reason: LogDropReason) -> Int { Int(instruments.logDropped[.journald][reason].value) }

    @Test("An entry of 3 MB arrives whole, by a file in memory", arguments: [1, 8])
    func largeEntry(batch: Int) async throws {
        try await JournalProcess.with { journal in
            let log = try pipeline(journal.socket, batch: batch)
            log.start()
            let text = String(repeating: "a", count: 4000)
            let fields = (0..<400).map { ServerEvent.Field(free: "metadata.f\($0)", .text("\($0) \(text)")) }
            log.push(.event(.library(.info, "a large one", fields)))
            log.push(.event(Sample.event(2)))
            await log.stop()
            #expect(instruments.logEntries[.journald].value == 2)
            var entries: [JSONValue] = []
            try await eventually("both are in the journal") {
                entries = try await journal.entries()
                return entries.count == 2
            }
            let entry = try #require(entries.first)
            // The line and the fields, 1.6 MB each.
            #expect((entry["MESSAGE"]?.string?.utf8.count ?? 0) > 1_600_000)
            let message = try JSONObject(entry["MESSAGE"]?.string ?? "")
            for number in [0, 123, 399] {
                #expect(entry["REGISTRY_METADATA_F\(number)"]?.string == "\(number) \(text)")
                #expect(message[text: "metadata.f\(number)"] == "\(number) \(text)")
            }
            #expect(entries.last?["REGISTRY_NUMBER"]?.string == "2")
        }
    }

    @Test("Entries that are sent together are entries of their own, whatever their size")
    func batches() async throws {
        try await JournalProcess.with { journal in
            let log = try pipeline(journal.socket)
            let text = String(repeating: "a", count: 4000)
            let many = (0..<100).map { ServerEvent.Field(free: "metadata.f\($0)", .text("\($0) \(text)")) }
            // Before the log starts, so that it takes all at once: two full datagrams, one that is too large, and a rest.
            for number in 1...18 { log.push(.event(Sample.event(number))) }
            log.push(.event(.library(.info, "two\nlines", many)))
            for number in 20...21 { log.push(.event(Sample.event(number))) }
            log.start()
            await log.stop()
            #expect(instruments.logEntries[.journald].value == 21)
            var entries: [JSONValue] = []
            try await eventually("all are in the journal") {
                entries = try await journal.entries()
                return entries.count == 21
            }
            #expect(entries.map { $0["LOG_SEQ"]?.string } == (1...21).map { "\($0)" })
            let numbers = entries.map { $0["REGISTRY_NUMBER"]?.string }
            #expect(numbers == (1...18).map { "\($0)" } + [nil, "20", "21"])
            #expect(entries[18]["REGISTRY_METADATA_F99"]?.string == "99 \(text)")
            for entry in entries { _ = try JSONObject(entry["MESSAGE"]?.string ?? "") }
            // The journal notes when a datagram was sent: 8 entries, 8, the 3 up to the large one, and 2.
            let times = entries.map { $0["_SOURCE_REALTIME_TIMESTAMP"]?.string ?? "" }
            let sizes = Dictionary(grouping: times, by: \.self).sorted { $0.key < $1.key }.map(\.value.count)
            #expect(sizes == [8, 8, 3, 2])
        }
    }

    @Test("Values of any bytes and an event of too many fields arrive")
    func anyBytes() async throws {
        try await JournalProcess.with { journal in
            let log = try pipeline(journal.socket)
            log.start()
            let text = "two\nlines, \u{1} and ü=\"x\""
            let many = (0..<2000).map { ServerEvent.Field(free: "m\($0)", .number(Int64($0))) }
            log.push(.event(.library(.warn, text, [.init(.source, .text(text))] + many)))
            await log.stop()
            var entries: [JSONValue] = []
            try await eventually("it is in the journal") {
                entries = try await journal.entries()
                return entries.count == 1
            }
            // journalctl shows what has a control character as numbers of bytes.
            let bytes = entries[0]["REGISTRY_SOURCE"]?.array.compactMap(\.int)
            #expect(bytes == text.utf8.map(Int.init))
            #expect(entries[0]["REGISTRY_M5"]?.string == "5")
        }
    }

    @Test(
        "What a stopped journal does not take is counted and told of, and every number is accounted for",
        arguments: [1, 8]
    )
    func stoppedJournal(batch: Int) async throws {
        try await JournalProcess.with { journal in
            let log = try pipeline(journal.socket, limits: .init(entries: 200, bytes: 1 << 20), batch: batch)
            log.start()
            let observer = AccessLog(log)
            let record = Sample.emptyRecord()
            journal.pause()
            // The kernel takes some more into the socket, the sink has some in hand, and 200 wait.
            let count = 5_000
            for _ in 0..<count { observer.conclude(record) }
            try await eventually("the queue overflows") { dropped(.queueFull) > 1000 }
            journal.resume()
            await log.flush()
            for _ in 0..<10 { observer.conclude(record) }
            await log.stop()

            let written = Int(instruments.logEntries[.journald].value)
            var entries: [JSONValue] = []
            try await eventually("all that was sent is in the journal") {
                entries = try await journal.entries()
                return entries.count == written
            }
            let requests = entries.filter { $0["LOG_KIND"]?.string == "access" }.count
            #expect(requests + dropped(.queueFull) == count + 10)
            let gaps = entries.filter { $0["REGISTRY_EVENT"]?.string == "log_dropped" }
            #expect(!gaps.isEmpty)
            #expect(gaps.allSatisfy { $0["REGISTRY_REASON"]?.string == "queue_full" && $0["PRIORITY"]?.string == "3" })
            func number(_ entry: JSONValue, _ field: String) -> Int { entry[field]?.string.flatMap(Int.init) ?? -1 }
            #expect(gaps.reduce(0) { $0 + number($1, "REGISTRY_LOST") } == dropped(.queueFull))
            // The numbers in the journal and those that the gaps name are all there are, each once.
            let missing = gaps.flatMap { Array(number($0, "REGISTRY_FIRST_SEQ")...number($0, "REGISTRY_LAST_SEQ")) }
            let numbers = entries.map { number($0, "LOG_SEQ") } + missing
            #expect(numbers.sorted() == Array(1...numbers.count))
        }
    }

    @Test("A journal that is not there is waited for; its absence is told of once")
    func absentJournal() async throws {
        let folder = try TemporaryFolder()
        let socket = folder.path + "/socket"
        let log = try pipeline(socket)
        log.start()
        log.push(.event(Sample.event(1)))
        try await eventually("it was tried a few times") { instruments.logWriteFailures[.journald].value >= 2 }
        #expect(instruments.events[.logSinkFailed].value == 1)
        try await JournalProcess.with { journal in
            try FileManager.default.createSymbolicLink(atPath: socket, withDestinationPath: journal.socket)
            await log.flush()
            await log.stop()
            var entries: [JSONValue] = []
            try await eventually("everything has arrived") {
                entries = try await journal.entries()
                return entries.count >= 3
            }
            let events = entries.map { $0["REGISTRY_EVENT"]?.string }
            #expect(events == ["library_log", "log_sink_failed", "log_sink_recovered"])
            #expect(LogDropReason.allCases.allSatisfy { dropped($0) == 0 })
        }
    }

    @Test("A server that ends does not wait for a journal that never comes")
    func endingWithoutJournal() async throws {
        let log = try pipeline("/nowhere/socket", batch: 2)
        log.push(.event(Sample.event(1)))
        log.push(.event(Sample.event(2)))
        log.start()
        let left = await log.stop(deadline: .milliseconds(20))
        // The sink gives up, and what it had in hand is counted.
        try await eventually("the entries are given up") { dropped(.writeFailed) >= 2 }
        #expect(left.count == 1 && left.allSatisfy { $0.sink == .journald && $0.lost >= 2 })
    }
}
