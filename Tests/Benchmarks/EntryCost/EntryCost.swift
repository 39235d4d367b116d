//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryModel
import RegistryObservability
import RegistryTelemetry

/// Measures what a journal entry costs the thread of its request, in CPU time of that thread alone.
///
///     EntryCost SOCKET BATCH PAUSE SECONDS
///
/// Concludes requests on the log as the server does: BATCH at once, then PAUSE milliseconds of rest, with a journal at
/// SOCKET. Prints a JSON object: nanoseconds an entry (median and 90th percentile of the batches), entries, and lost ones.
@main
struct EntryCost {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let batch = Int(arguments[2]), batch > 0, let pause = UInt32(arguments[3]),
            let seconds = Int64(arguments[4])
        else { exit(2) }
        let instruments = Instruments(driverName: "filesystem")
        let pipeline = try LogPipeline([.journald(socket: arguments[1])], instruments: instruments)
        let log = AccessLog(pipeline)
        let record = try record()
        pipeline.start()
        let (costs, entries) = measure(log, record, batch: batch, pause: pause, seconds: seconds)
        await pipeline.stop(deadline: .seconds(60))
        let lost = LogDropReason.allCases.reduce(0) { $0 + instruments.logDropped[.journald][$1].value }
        let written = instruments.logEntries[.journald].value
        guard let middle = costs.dropFirst(costs.count / 2).first,
            let high = costs.dropFirst(costs.count * 9 / 10).first
        else { exit(1) }
        print(
            #"{"ns": \#(middle), "p90_ns": \#(high), "entries": \#(entries), "written": \#(written), "lost": \#(lost)}"#
        )
    }

    /// - Returns: nanoseconds an entry of each batch, in rising order, and the number of entries.
    private static func measure(
        _ log: AccessLog,
        _ record: RequestRecord,
        batch: Int,
        pause: UInt32,
        seconds: Int64
    ) -> ([UInt64], Int) {
        var (costs, entries): ([UInt64], Int) = ([], 0)
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            let start = now()
            for _ in 0..<batch { log.conclude(record) }
            costs.append((now() - start) / UInt64(batch))
            entries += batch
            usleep(pause * 1000)
        }
        // While everything was cold, it is not the log that was measured.
        return (costs.dropFirst(costs.count / 10).sorted(), entries)
    }

    /// CPU time of this thread in nanoseconds.
    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// A pull by tag, with all that such a request's record holds.
    private static func record() throws -> RequestRecord {
        var generator = SystemRandomNumberGenerator()
        var record = RequestRecord(
            start: .now,
            startInstant: .now,
            requestID: WideID(high: generator.next(), low: generator.next()),
            trace: TraceContext(traceparent: nil as String?, using: &generator),
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
