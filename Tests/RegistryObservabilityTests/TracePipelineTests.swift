//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryObservability

@Suite("Trace pipelines", .timeLimit(.minutes(5)))
struct TracePipelineTests {
    /// Takes what it is given, as soon as the test lets it.
    private final class Destination: TraceExporter {
        let queueLoss = SpanLoss.queueFull
        private let state = Mutex(State())

        struct State {
            var batches: [Int] = []
            var isClosed = false
        }

        var batches: [Int] { state.withLock { $0.batches } }
        var isClosed: Bool { state.withLock { $0.isClosed } }

        func export(_ entries: [any TraceContent], from queue: TraceQueue) async {
            state.withLock { $0.batches.append(entries.count) }
        }

        func close() async { state.withLock { $0.isClosed = true } }
    }

    private func entry(spans: Int = 1) -> TraceEntry {
        let child = TraceSpan(id: 1, parentID: 2, work: .digest(bytes: 0), start: .zero, end: .zero)
        return TraceEntry(
            record: Sample.emptyRecord(),
            spans: Array(repeating: child, count: spans - 1),
            dropped: 0,
            reason: .always
        )
    }

    private func pipeline(
        _ destination: Destination,
        _ instruments: Instruments,
        capacity: Int = 10,
        threshold: Int = 5,
        delay: Duration = .seconds(600)
    ) -> TracePipeline {
        TracePipeline(
            destination,
            capacity: capacity,
            threshold: threshold,
            delay: delay,
            instruments: instruments.traces
        )
    }

    @Test("deliver at once when there is enough for a batch, and the rest at the end")
    func batches() async throws {
        let (destination, instruments) = (Destination(), Instruments(driverName: "x"))
        let pipeline = pipeline(destination, instruments)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await pipeline.run() }
            for _ in 0..<2 { pipeline.push(entry(spans: 2)) }
            pipeline.push(entry())
            try await eventually { destination.batches == [3] }
            pipeline.push(entry())
            #expect(destination.batches == [3])
            pipeline.close()
            try await tasks.waitForAll()
        }
        #expect(destination.batches == [3, 1])
        #expect(destination.isClosed)
        pipeline.push(entry(spans: 4))
        #expect(instruments.traces.dropped[.queueFull].value == 4)
    }

    @Test("deliver less than that after a while")
    func delay() async throws {
        let (destination, instruments) = (Destination(), Instruments(driverName: "x"))
        let pipeline = pipeline(destination, instruments, delay: .milliseconds(1))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await pipeline.run() }
            pipeline.push(entry())
            try await eventually { destination.batches.contains(1) }
            pipeline.close()
            try await tasks.waitForAll()
        }
    }

    @Test("drop and count what finds no room, by spans")
    func full() {
        let (destination, instruments) = (Destination(), Instruments(driverName: "x"))
        let pipeline = pipeline(destination, instruments)
        for _ in 0..<4 { pipeline.push(entry(spans: 3)) }
        // The fourth did not fit, and a smaller one still does.
        #expect(instruments.traces.dropped[.queueFull].value == 3)
        pipeline.push(entry())
        #expect(instruments.traces.dropped[.queueFull].value == 3)
        pipeline.push(entry())
        #expect(instruments.traces.dropped[.queueFull].value == 4)
    }

    @Test("count what is left when they are cut off")
    func cancelled() async {
        let (destination, instruments) = (Destination(), Instruments(driverName: "x"))
        let pipeline = pipeline(destination, instruments)
        pipeline.push(entry(spans: 3))
        let task = Task { await pipeline.run() }
        task.cancel()
        await task.value
        #expect(destination.batches.isEmpty)
        #expect(destination.isClosed)
        #expect(instruments.traces.dropped[.shutdown].value == 3)
    }

    @Test("requests that are not kept are forgotten, the others counted by the reason")
    func observer() async {
        let (destination, instruments) = (Destination(), Instruments(driverName: "x"))
        let pipeline = pipeline(destination, instruments, capacity: 100)
        let sampler = TraceSampler(root: .never, slow: .seconds(1))
        let observer = TraceObserver(TraceDestinations([pipeline]), instruments: instruments)
        func conclude(_ status: Int, head: SamplingReason? = nil, _ change: (inout RequestRecord) -> Void = { _ in }) {
            var record = Sample.emptyRecord()
            record.status = status
            let recorder = SpanRecorder(
                record.trace,
                startInstant: record.startInstant,
                headReason: head,
                sampler: sampler
            )
            recorder.add(.digest(bytes: 0), from: .now)
            record.spans = recorder
            change(&record)
            observer.conclude(record)
        }
        conclude(200)
        conclude(404)
        conclude(503)
        conclude(200, head: .parent)
        conclude(200) { $0.timeToFirstByte = .seconds(2) }
        // It was the client that took its time.
        conclude(200) { ($0.timeToFirstByte, $0.waited) = (.seconds(2), .seconds(1)) }
        // A client that gives up is no reason to forget what it gave up on.
        conclude(200) { ($0.timeToFirstByte, $0.isAborted) = (.seconds(2), true) }
        conclude(0) { $0.foundNobody(toTell: 500) }
        conclude(0) { $0.foundNobody(toTell: 200) }
        conclude(200) { $0.isBrokenOff = true }
        conclude(500, head: .parent)
        conclude(500) { $0.spans = nil }
        let traces = instruments.traces
        #expect(traces.started.value == 22)
        #expect(traces.sampled[.error].value == 8)
        #expect(traces.sampled[.parent].value == 2)
        #expect(traces.sampled[.slow].value == 4)
        pipeline.close()
        await pipeline.run()
        #expect(destination.batches == [7])
    }

    @Test("what ends when its request is over is counted as lost, if the request is kept", arguments: [200, 500])
    func late(status: Int) {
        let (destination, instruments) = (Destination(), Instruments(driverName: "x"))
        let observer = TraceObserver(TraceDestinations([pipeline(destination, instruments)]), instruments: instruments)
        var record = Sample.emptyRecord()
        record.status = status
        let recorder = SpanRecorder(record.trace, startInstant: record.startInstant, headReason: nil)
        record.spans = recorder
        observer.conclude(record)
        for _ in 0..<2 { recorder.add(.digest(bytes: 0), from: .now) }
        let traces = instruments.traces
        #expect(traces.started.value == 3)
        #expect(traces.sampled[.error].value == (status == 500 ? 3 : 0))
        #expect(traces.dropped[.spanLimit].value == (status == 500 ? 2 : 0))
    }

    @Test("a delivery is counted as what its trace was kept for")
    func delivery() throws {
        let (destination, instruments) = (Destination(), Instruments(driverName: "x"))
        let observer = TraceObserver(TraceDestinations([pipeline(destination, instruments)]), instruments: instruments)
        let span = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let kept: [(String, SamplingReason)] = [
            ("\(span);ratio", .ratio), ("\(span);always a=1", .always), (span, .parent),
        ]
        for (text, reason) in kept {
            observer.add(try Sample.delivery(in: text))
            #expect(instruments.traces.sampled[reason].value == 1)
        }
        #expect(instruments.traces.started.value == 3)
    }
}
