//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
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
        try await Self.end(service) {}
        let event = try #require(observer.events.first)
        #expect(event.name == .traceSpansLost)
        #expect(event.fields.map(\.value) == [.number(3)])
        #expect(observer.events.count == 1)
    }

    /// Runs the service, and has it end when something is so.
    private static func end(_ service: TraceService, _ isReady: () async throws -> Void) async throws {
        let group = ServiceGroup(services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            try await isReady()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Has what is open at a path lead to a pipe: of one that nobody reads a writer waits for ever, as of a disk that does not
    /// answer.
    /// - Returns: the pipe's other end, which does not wait.
    private static func replaceByPipe(_ path: String) throws -> Int32 {
        let opened = (0..<4096).first {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
        }
        let descriptor = try #require(opened.map(Int32.init))
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[1]) }
        try #require(dup2(ends[1], descriptor) >= 0)
        try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return ends[0]
    }

    @Test("is not held up by a disk that takes nothing: what is not on it by then is lost, told of, and counted once")
    func stuckDisk() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let path = folder.path + "/traces.jsonl"
        let (instruments, observer) = (Instruments(driverName: "x"), RecordingObserver())
        let pipeline = try TracePipeline(
            toFile: path,
            LogFileOptions(),
            of: ResourceDescription(serviceName: "s", version: "1", instance: "i"),
            instruments: instruments,
            observer: observer
        )
        let reader = try Self.replaceByPipe(path)
        defer { close(reader) }
        // Much more than a pipe takes.
        for _ in 0..<2000 {
            pipeline.push(TraceEntry(record: Sample.emptyRecord(), spans: [], dropped: 0, reason: .always))
        }
        let service = TraceService(
            TraceDestinations([pipeline]),
            instruments: instruments,
            observer: observer,
            deadline: .milliseconds(1)
        )
        try await Self.end(service) {
            try await eventually("the disk is written to") {
                var entry = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                return poll(&entry, 1, 0) > 0
            }
        }
        func expectLoss() {
            #expect(instruments.traces.exported[.file].value == 0)
            #expect(instruments.traces.dropped[.shutdown].value == 2000)
        }
        expectLoss()
        let event = try #require(observer.events.first)
        #expect(event.name == .traceSpansLost)
        #expect(event.fields.map(\.value) == [.number(2000)])
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        try await eventually("the disk answers, and the thread goes on") {
            while read(reader, &buffer, buffer.count) > 0 {}
            // A pipe cannot be synchronised, which comes after the writing.
            return observer.events.contains { $0.name == .logRotationFailed }
        }
        expectLoss()
    }
}
