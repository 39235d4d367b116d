//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryModel
import RegistryObservability
import RegistryTelemetry

/// A journal entry, the waking of the log's thread included.
///
/// Requests are concluded on the log as the server does it, some at once and then a rest, with a journal that takes them.
struct JournalCost {
    private let socket: String
    private let batch: Int
    /// In milliseconds.
    private let pause: UInt32
    private let seconds: Int64

    init?(_ arguments: [String]) {
        guard arguments.count == 5, let batch = Int(arguments[2]), batch > 0, let pause = UInt32(arguments[3]),
            let seconds = Int64(arguments[4])
        else { return nil }
        (self.socket, self.batch, self.pause, self.seconds) = (arguments[1], batch, pause, seconds)
    }

    func measure() async throws -> String {
        let instruments = Instruments(driverName: "filesystem")
        let sink = SinkPlan.journald(socket: socket, batch: JournaldSinkSettings().batch)
        let pipeline = try LogPipeline([sink], instruments: instruments)
        pipeline.start()
        let (costs, entries) = try conclude(on: AccessLog(pipeline))
        await pipeline.stop(deadline: .seconds(60))
        return #"\#(costs.facts), "entries": \#(entries), "written": \#(instruments.logEntries[.journald].value)"#
    }

    private func conclude(on log: AccessLog) throws -> (BatchCosts, Int) {
        var (costs, entries) = (BatchCosts(), 0)
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            let record = try Self.work()
            let start = BatchCosts.start()
            for _ in 0..<batch { log.conclude(record) }
            costs.add(since: start, calls: batch)
            entries += batch
            usleep(pause * 1000)
        }
        return (costs, entries)
    }

    /// Keeps the processor busy for as long as a request does, and returns its record.
    ///
    /// An entry is the end of a request. A processor that was at rest takes longer for whatever comes first, which is the
    /// request's beginning.
    private static func work() throws -> RequestRecord {
        let end = ContinuousClock.now + .microseconds(100)
        var record = try record()
        while ContinuousClock.now < end { record = try Self.record() }
        return record
    }

    /// A pull by tag, with all that such a request's record holds.
    private static func record() throws -> RequestRecord {
        var generator = SystemRandomNumberGenerator()
        var record = RequestRecord(
            start: .now,
            startInstant: .now,
            requestID: WideID(high: generator.next(), low: generator.next()),
            trace: TraceContext(traceparent: nil, using: &generator),
            method: "GET"
        )
        record.remoteAddress = "192.0.2.7"
        record.userAgent = "containerd/1.7.24"
        record.route = .manifest
        record.repository = try RepositoryName("library/alpine")
        record.reference = .tag(try Tag("3.20"))
        record.digest = try Digest("sha256:" + String(repeating: "0f", count: 32))
        record.cache = .hit
        record.status = 200
        record.bytesOut = 2048
        record.timeToFirstByte = .microseconds(90)
        record.duration = .microseconds(120)
        record.storage.time = .microseconds(20)
        record.storage.calls = 1
        return record
    }
}
