//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite(.timeLimit(.minutes(5))) struct LogPipelineTests {
    private let instruments = Instruments(driverName: "inmemory")

    private func writer(
        _ descriptor: Int32,
        _ filter: SinkFilter = SinkFilter(),
        capacity: Int = 65_536,
        limits: SinkQueue.Limits = SinkQueue.Limits(),
        _ configure: (inout LogPipeline.Settings) -> Void = { _ in }
    ) throws -> LogPipeline {
        var settings = LogPipeline.Settings()
        settings.capacity = capacity
        configure(&settings)
        var plan = SinkPlan.stdout(filter, descriptor: descriptor)
        plan.limits = limits
        return try LogPipeline([plan], instruments: instruments, settings)
    }

    private func dropped(_ reason: LogDropReason) -> Int64 { instruments.logDropped[.stdout][reason].value }

    @Test(arguments: [false, true])
    func everythingArrivesInOrderThroughATinyPipe(isNonBlocking: Bool) async throws {
        let channel = try Channel()
        if isNonBlocking { channel.makeWriteEndNonBlocking() }
        let log = try writer(channel.writeEnd)
        let record = try Sample.fullRecord()
        async let collected = channel.objects()
        log.start()
        for _ in 0..<500 {
            log.push(.request(.init(record)))
            log.push(.event(Sample.event(7)))
        }
        await log.stop()
        channel.closeWriteEnd()
        let lines = try await collected
        #expect(lines.compactMap { $0[number: "seq"] } == Array(1...1000))
        #expect(Set(lines.compactMap { $0[text: "epoch"] }).count == 1)
        #expect(lines.first?[text: "epoch"]?.utf8.count == 16)
        #expect(lines.count { $0[text: "kind"] == "access" } == 500)
        #expect(instruments.logEntries[.stdout].value == 1000)
        #expect(LogDropReason.allCases.allSatisfy { dropped($0) == 0 })
        #expect(instruments.logQueue[.stdout].value == 0)
    }

    @Test func producersOnManyThreadsLoseNothing() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd)
        async let collected = channel.objects()
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
        let lines = try await collected
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
        #expect(dropped(.pipelineFull) == 6)
        async let collected = channel.objects()
        log.start()
        await log.flush()
        log.push(.event(Sample.event(11)))
        await log.stop()
        channel.closeWriteEnd()
        let lines = try await collected
        #expect(lines.compactMap { $0[number: "seq"] } == Array(1...6))
        #expect(
            lines.map { $0[text: "event"] } == [
                "library_log", "library_log", "library_log", "library_log", "log_dropped", "library_log",
            ]
        )
        #expect(lines[4][number: "lost"] == 6)
        #expect(lines[4][text: "reason"] == "pipeline_full")
    }

    @Test func stuckReaderBlocksNobody() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd, limits: .init(entries: 100, bytes: 1 << 20)) {
            $0.auditDeadline = .milliseconds(10)
        }
        log.start()
        // Nobody reads; a page and the queue hold a few hundred lines at most, and the rest is dropped.
        let record = try Sample.fullRecord()
        for _ in 0..<5000 { log.push(.request(.init(record))) }
        await log.flush(within: .seconds(1))
        #expect(dropped(.queueFull) > 0)
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
        await log.stop()
        #expect(instruments.logWriteFailures[.stdout].value >= 1)
        // The event that tells of it is lost too, or still on its way.
        #expect(dropped(.writeFailed) >= 2)
        #expect(instruments.logEntries[.stdout].value == 0)
    }

    @Test func stoppedBeforeItIsStarted() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd)
        log.push(.event(Sample.event(1)))
        await log.stop()
        log.start()
        await log.flush()
        log.push(.event(Sample.event(2)))
        #expect(dropped(.pipelineFull) == 1)
    }

    @Test func sinkTakesWhatItsFilterLetsThrough() async throws {
        var denied = Sample.emptyRecord()
        denied.status = 401
        var written = Sample.emptyRecord(method: "PUT")
        written.status = 201
        var failed = Sample.emptyRecord()
        failed.status = 500
        let filters: [(SinkFilter, [String])] = [
            (SinkFilter(), ["200", "401", "201", "500", "storage_healthy", "link_malformed"]),
            (SinkFilter(kinds: .audit), ["401", "201"]),
            (SinkFilter(kinds: .event), ["storage_healthy", "link_malformed"]),
            (SinkFilter(kinds: .access, accessLevel: .error), ["500"]),
            (SinkFilter(eventLevel: .warn, accessLevel: .warn), ["401", "201", "500", "link_malformed"]),
            (SinkFilter(kinds: [.event, .access], eventLevel: .error, accessLevel: .error), ["500"]),
        ]
        for (filter, expected) in filters {
            let channel = try Channel()
            let log = try writer(channel.writeEnd, filter)
            async let collected = channel.objects()
            log.start()
            let observer = AccessLog(log)
            var ok = Sample.emptyRecord()
            ok.status = 200
            for record in [ok, denied, written, failed] { observer.conclude(record) }
            observer.note(ServerEvent(.storageHealthy))
            observer.note(ServerEvent(.linkMalformed, [.init(.path, .text("a"))]))
            await log.stop()
            channel.closeWriteEnd()
            let lines = try await collected
            #expect(lines.map { $0[text: "event"] ?? "\($0[number: "status"] ?? 0)" } == expected)
            // Each sink counts its own entries, so that a gap is always a loss.
            #expect(lines.compactMap { $0[number: "seq"] } == Array(1...expected.count))
        }
    }

    @Test func sinkTellsHowItFares() async throws {
        let channel = try Channel()
        let log = try writer(channel.writeEnd) { $0.heartbeat = .milliseconds(1) }
        async let collected = channel.objects()
        log.start()
        for number in 1...3 { log.push(.event(Sample.event(number))) }
        // About a second passes until the sink looks at the clock of its own accord.
        while instruments.events[.logHeartbeat].value == 0 { await log.flush() }
        await log.stop()
        channel.closeWriteEnd()
        let lines = try await collected
        let beat = try #require(lines.firstIndex { $0[text: "event"] == "log_heartbeat" })
        #expect(lines[beat][text: "sink"] == "stdout")
        #expect(lines[beat][number: "last_seq"] == beat)
        #expect(lines[beat][number: "seq"] == beat + 1)
        #expect(lines[beat][number: "dropped_queue_full"] == 0)
        #expect(lines.compactMap { $0[number: "seq"] } == Array(1...lines.count))
    }
}

extension LogPipeline {
    /// Waits for a flush, but not for ever.
    func flush(within time: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.flush() }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }
}
