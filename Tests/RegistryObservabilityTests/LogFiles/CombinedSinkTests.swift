//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("The log file in combined format", .timeLimit(.minutes(5)))
struct CombinedSinkTests {
    private let log: FileLogFolder
    private let instruments = Instruments(driverName: "inmemory")

    init() throws { self.log = try FileLogFolder() }

    private func pipeline(
        _ channel: Channel,
        _ rotation: RotationPolicy = RotationPolicy(),
        limits: SinkQueue.Limits = SinkQueue.Limits()
    ) throws -> LogPipeline {
        var settings = LogPipeline.Settings()
        settings.heartbeat = .seconds(3600)
        var file = SinkPlan.file(SinkFilter(), try log.open(rotation), form: .combined)
        file.limits = limits
        return try LogPipeline(
            [file, .stdout(descriptor: channel.writeEnd)],
            instruments: instruments,
            settings
        )
    }

    private func request(_ number: Int) -> LogEntry {
        var record = Sample.emptyRecord()
        record.status = 200
        record.remoteAddress = "192.0.2.7"
        record.userAgent = "client \(number)"
        return .request(.init(record))
    }

    @Test func hasRequestsAloneAndTheOtherSinksHaveAll() async throws {
        let channel = try Channel()
        let log = try pipeline(channel)
        async let collected = channel.objects()
        log.start()
        for number in 1...5 {
            log.push(request(number))
            log.push(.event(Sample.event(number)))
        }
        // An auditor wants it; there is no place for it all the same, whatever the kinds are set to.
        log.push(.event(ServerEvent(.reloaded, [])))
        log.setFilters([.file: SinkFilter(kinds: .all)])
        log.push(.event(ServerEvent(.reloaded, [])))
        await log.stop()
        channel.closeWriteEnd()
        let lines = try self.log.lines()
        #expect(
            lines
                == (1...5).map { number in
                    #"192.0.2.7 - - [14/Nov/2023:22:13:20 +0000] "GET - HTTP/1.1" 200 - "-" "client \#(number)""#
                }
        )
        #expect(try await collected.count { $0[text: "msg"] != nil } == 12)
        #expect(instruments.logEntries[.file].value == 5)
        #expect(instruments.logEntries[.stdout].value == 12)
        #expect(LogDropReason.allCases.allSatisfy { instruments.logDropped[.file][$0].value == 0 })
    }

    @Test func isRotatedBetweenLines() async throws {
        let channel = try Channel()
        let log = try pipeline(channel, RotationPolicy(maximumBytes: 1000))
        async let collected = channel.objects()
        log.start()
        for number in 1...200 { log.push(request(number)) }
        await log.stop()
        channel.closeWriteEnd()
        _ = try await collected
        #expect(try self.log.names.count > 10)
        let lines = try self.log.lines()
        #expect(lines.count == 200)
        for (line, number) in zip(lines, 1...) { #expect(line.hasSuffix("\"client \(number)\"")) }
    }

    /// There is no place in the file to tell of it.
    @Test func losesNothingWithoutTheOtherSinksTellingOfIt() async throws {
        let channel = try Channel()
        let log = try pipeline(channel, limits: .init(entries: 4, bytes: 1 << 20))
        for number in 1...10 { log.push(request(number)) }
        async let collected = channel.objects()
        log.start()
        // The event comes when the sink has written the rest.
        try await eventually { instruments.logEntries[.file].value == 4 }
        try await eventually { instruments.events[.logDropped].value == 1 }
        await log.stop()
        channel.closeWriteEnd()
        let told = try #require(try await collected.first { $0[text: "event"] == "log_dropped" })
        #expect(told[text: "sink"] == "file")
        #expect(told[number: "lost"] == 6)
        #expect(told[text: "reason"] == "queue_full")
        #expect(told[number: "first_seq"] == nil)
        #expect(try self.log.lines().count == 4)
    }
}
