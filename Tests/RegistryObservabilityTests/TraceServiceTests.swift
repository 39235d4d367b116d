//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import RegistryTelemetry
import RegistryTestKit
import ServiceLifecycle
import Testing

@testable import RegistryObservability

@Suite("The end of tracing", .timeLimit(.minutes(5)))
struct TraceServiceTests {
    /// Loses all that it is given, for the reason that it has.
    private struct Loser: TraceExporter {
        let queueLoss = SpanLoss.queueFull
        let reason: SpanLoss
        let instruments: TraceInstruments

        func export(_ entries: [any TraceContent], from queue: TraceQueue) async {
            instruments.dropped[reason].add(Int64(entries.reduce(0) { $0 + $1.count }))
        }

        func close() async {}
    }

    @Test(
        "tells how many spans it loses, whatever the reason, and none of those that were lost before",
        arguments: [SpanLoss.exportFailed, .rejected, .shutdown, .fileFailed]
    )
    func losses(reason: SpanLoss) async throws {
        let (instruments, observer) = (Instruments(driverName: "x"), RecordingObserver())
        let pipeline = TracePipeline(
            Loser(reason: reason, instruments: instruments.traces),
            capacity: 10,
            threshold: 10,
            delay: .seconds(600),
            instruments: instruments.traces
        )
        let destinations = TraceDestinations([pipeline])
        instruments.traces.dropped[reason].add(1000)
        let service = TraceService(destinations, instruments: instruments, observer: observer)
        for _ in 0..<3 {
            pipeline.push(TraceEntry(record: Sample.emptyRecord(), spans: [], dropped: 0, reason: .always))
        }
        let group = ServiceGroup(services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let event = try #require(observer.events.first)
        #expect(event.name == .traceSpansLost)
        #expect(event.fields.map(\.value) == [.number(3)])
        #expect(observer.events.count == 1)
    }
}
