//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@Suite("Exemplars", .timeLimit(.minutes(5)))
struct ExemplarTests {
    private let histogram = Histogram(.requestDuration, hasExemplars: true)

    private static func origin(_ id: UInt64, isRecorded: Bool = false, at now: WallTime) -> ExemplarOrigin {
        ExemplarOrigin(traceID: WideID(high: id, low: id), spanID: id, isRecorded: isRecorded, time: now)
    }

    private func offer(_ id: UInt64, isRecorded: Bool = false, atSecond second: Double) {
        let now = WallTime(microseconds: 1_000_000_000 + Int64(second * 1e6))
        histogram.record(1_000_000, by: Self.origin(id, isRecorded: isRecorded, at: now))
    }

    private var kept: UInt64? { histogram.exemplar(0)?.traceID.low }

    @Test("are none until there is a request")
    func none() {
        #expect((0..<histogram.counts.count).allSatisfy { histogram.exemplar($0) == nil })
        histogram.record(Int64(1))
        #expect(histogram.exemplar(0) == nil)
        #expect(Histogram(.stage).exemplar(0) == nil)
    }

    @Test("are in the bucket of their value, as they were given")
    func buckets() throws {
        let now = WallTime(microseconds: 1_700_000_000_123_456)
        histogram.record(30_000_000, by: Self.origin(7, at: now))
        histogram.record(Int64.max, by: Self.origin(8, at: now))
        let exemplar = try #require(histogram.exemplar(3))
        #expect(exemplar.traceID == WideID(high: 7, low: 7))
        #expect(exemplar.spanID == 7)
        #expect(exemplar.value == 30_000_000)
        #expect(exemplar.time == now)
        #expect(histogram.exemplar(13)?.traceID.low == 8)
        #expect((0..<14).count { histogram.exemplar($0) != nil } == 2)
        #expect(histogram.counts[3] == 1)
    }

    @Test("stay for a second against others of their kind")
    func second() {
        offer(1, atSecond: 0)
        offer(2, atSecond: 0.9)
        #expect(kept == 1)
        offer(3, atSecond: 1)
        #expect(kept == 3)
    }

    @Test("of recorded traces win at once, and stay for a minute against those of others")
    func sampled() {
        offer(1, atSecond: 0)
        offer(2, isRecorded: true, atSecond: 0.1)
        #expect(kept == 2)
        offer(3, atSecond: 59)
        #expect(kept == 2)
        offer(4, isRecorded: true, atSecond: 1.2)
        #expect(kept == 4)
        offer(5, atSecond: 61.3)
        #expect(kept == 5)
    }

    @Test("of requests whose trace is kept are preferred, whatever they are kept for")
    func sampler() {
        let instruments = Instruments(driverName: "test")
        let observer = MetricsObserver(instruments)
        func conclude(_ trace: UInt64, status: Int) -> WideID {
            var generator = Counting(value: trace)
            var record = Sample.record(status: status)
            record.trace = TraceContext(traceparent: nil, using: &generator)
            record.spans = SpanRecorder(record.trace, startInstant: record.startInstant, headReason: nil)
            observer.conclude(record)
            return record.trace.traceID
        }
        _ = conclude(10, status: 200)
        let failed = conclude(20, status: 503)
        _ = conclude(30, status: 200)
        #expect(instruments.requestDuration[.manifest][.get].exemplar(0)?.traceID == failed)
    }

    @Test("are replaced when the clock is set back")
    func clock() {
        offer(1, isRecorded: true, atSecond: 100)
        offer(2, atSecond: 0)
        #expect(kept == 2)
    }

    @Test("are never made of two requests, however many write and read at once")
    func tearing() async {
        await withTaskGroup(of: Int.self) { tasks in
            for task in 0..<4 {
                tasks.addTask { [histogram] in
                    for turn in 1...20_000 {
                        let id = UInt64(task * 100_000 + turn)
                        // Each is a second later than the one before, so that all are taken.
                        let now = WallTime(microseconds: Int64(id) * 1_000_000)
                        histogram.record(Int64(id), by: Self.origin(id, at: now))
                    }
                    return 0
                }
            }
            for _ in 0..<2 {
                tasks.addTask { [histogram] in
                    var seen = 0
                    for _ in 0..<20_000 {
                        guard let exemplar = histogram.exemplar(0) else { continue }
                        seen += 1
                        let id = exemplar.traceID.low
                        #expect(exemplar.traceID.high == id)
                        #expect(exemplar.value == Int64(id))
                        #expect(exemplar.time.microseconds == Int64(id) * 1_000_000)
                    }
                    return seen
                }
            }
            var seen = 0
            for await count in tasks { seen += count }
            #expect(seen > 0)
        }
        #expect(histogram.counts.reduce(0, +) == 80_000)
    }
}
