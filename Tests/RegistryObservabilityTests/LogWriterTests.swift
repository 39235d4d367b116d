//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import Glibc
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite(.timeLimit(.minutes(1))) struct LogWriterTests {
    private let instruments = Instruments(driverName: "inmemory")

    private func writer(_ descriptor: Int32, capacity: Int = 65_536) throws -> LogWriter {
        try LogWriter(descriptor: descriptor, instruments: instruments, capacity: capacity)
    }

    /// Reads on a thread of its own until the writer is gone.
    private func collect(_ channel: Channel) async -> [JSONObject] {
        let text = await withCheckedContinuation { continuation in
            DispatchQueue(label: "reader").async { continuation.resume(returning: channel.readAll()) }
        }
        return text.split(separator: "\n").compactMap { try? JSONObject($0) }
    }

    @Test(arguments: [false, true])
    func everythingArrivesInOrderThroughATinyPipe(isNonBlocking: Bool) async throws {
        let channel = try Channel()
        if isNonBlocking { channel.makeWriteEndNonBlocking() }
        let log = try writer(channel.writeEnd)
        let record = try Sample.fullRecord()
        async let collected = collect(channel)
        log.start()
        for _ in 0..<500 {
            log.push(.request(.init(record)))
            log.push(.event(Sample.event(7)))
        }
        await log.stop()
        channel.closeWriteEnd()
        let lines = await collected
        #expect(lines.compactMap { $0[number: "seq"] } == Array(1...1000))
        #expect(Set(lines.compactMap { $0[text: "epoch"] }).count == 1)
        #expect(lines.first?[text: "epoch"]?.utf8.count == 16)
        #expect(lines.count { $0[text: "kind"] == "access" } == 500)
        #expect(instruments.logEntries.value == 1000)
        #expect(instruments.logDropped.value == 0)
        #expect(instruments.logQueue.value == 0)
    }

    @Test func producersOnManyThreadsLoseNothing() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd)
        async let collected = collect(channel)
        log.start()
        await withTaskGroup { group in
            for producer in 0..<8 {
                group.addTask {
                    for number in 0..<200 { log.push(.event(Sample.event(1000 * producer + number))) }
                }
            }
        }
        await log.stop()
        channel.closeWriteEnd()
        let lines = await collected
        #expect(lines.compactMap { $0[number: "seq"] } == Array(1...1600))
        let numbers = lines.compactMap { $0[number: "number"] }
        for producer in 0..<8 {
            let own = numbers.filter { $0 / 1000 == producer }.map { $0 % 1000 }
            #expect(own == Array(0..<200))
        }
    }

    @Test func fullQueueIsToldOfInTheLog() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd, capacity: 4)
        for number in 1...10 { log.push(.event(Sample.event(number))) }
        #expect(instruments.logDropped.value == 6)
        async let collected = collect(channel)
        log.start()
        await log.flush()
        log.push(.event(Sample.event(11)))
        await log.stop()
        channel.closeWriteEnd()
        let lines = await collected
        #expect(lines.compactMap { $0[number: "seq"] } == Array(1...6))
        #expect(lines.map { $0[text: "event"] } == ["sample", "sample", "sample", "sample", "log_dropped", "sample"])
        #expect(lines[4][number: "lost"] == 6)
        #expect(lines[4][text: "reason"] == "queue_full")
    }

    @Test func stuckReaderBlocksNobody() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd, capacity: 100)
        log.start()
        // Nobody reads; a page and the queue hold a few hundred lines at most, and the rest is dropped.
        let record = try Sample.fullRecord()
        for _ in 0..<5000 { log.push(.request(.init(record))) }
        #expect(instruments.logDropped.value > 0)
        let start = ContinuousClock.now
        await log.stop(deadline: .milliseconds(50))
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        log.push(.request(.init(record)))
        // Lets the writer's thread end.
        channel.closeReadEnd()
        await log.flush()
    }

    @Test func goneReaderIsCountedAndSurvived() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd)
        channel.closeReadEnd()
        log.start()
        log.push(.event(Sample.event(1)))
        log.push(.event(Sample.event(2)))
        await log.flush()
        #expect(instruments.logWriteFailures.value >= 1)
        #expect(instruments.logDropped.value == 2)
        #expect(instruments.logEntries.value == 0)
        await log.stop()
    }

    @Test func stoppedBeforeItIsStarted() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd)
        log.push(.event(Sample.event(1)))
        await log.stop()
        log.start()
        await log.flush()
        log.push(.event(Sample.event(2)))
        #expect(instruments.logDropped.value == 1)
    }

    @Test func observerKeepsToItsSettings() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd)
        async let collected = collect(channel)
        log.start()
        let quiet = AccessLog(log, logsRequests: false, minimumSeverity: .warn)
        let full = AccessLog(log)
        let record = Sample.emptyRecord()
        for observer in [quiet, full] {
            observer.conclude(record)
            observer.note(ServerEvent("a", .debug, "m"))
            observer.note(ServerEvent("b", .info, "m"))
            observer.note(ServerEvent("c", .warn, "m"))
        }
        await log.stop()
        channel.closeWriteEnd()
        let lines = await collected
        #expect(lines.map { $0[text: "event"] ?? "request" } == ["c", "request", "b", "c"])
    }
}
