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

@Suite("Files of traces", .timeLimit(.minutes(5)))
struct TraceFileTests {
    private func entry(status: Int = 200, milliseconds: Int = 5) throws -> TraceEntry {
        var generator = SystemRandomNumberGenerator()
        var record = try Sample.fullRecord()
        record.trace = TraceContext(traceparent: nil, using: &generator)
        record.requestID = WideID(high: generator.next(), low: generator.next())
        record.status = status
        record.duration = .milliseconds(milliseconds)
        record.start = WallTime(microseconds: record.start.microseconds + Int64(milliseconds))
        let child = TraceSpan(
            id: generator.next(),
            parentID: record.trace.spanID,
            work: .storage(.getContent, driver: "x", path: "/", bytes: 7),
            outcome: .refused(code: "not_found"),
            start: .milliseconds(1),
            end: .milliseconds(2)
        )
        return TraceEntry(record: record, spans: [child], dropped: 0, reason: .always)
    }

    private func withFile(_ body: (TemporaryFolder, String) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try await body(folder, folder.path + "/traces.jsonl")
    }

    private func write(_ entries: [TraceEntry], to path: String) async throws -> Instruments {
        let instruments = Instruments(driverName: "x")
        let resource = ResourceDescription(serviceName: "s", version: "1", instance: "i")
        let observer = RecordingObserver()
        let pipeline = try TracePipeline(
            toFile: path,
            LogFileOptions(),
            of: resource,
            instruments: instruments,
            observer: observer
        )
        for entry in entries { pipeline.push(entry) }
        pipeline.close()
        await pipeline.run()
        return instruments
    }

    private func id(_ id: WideID) throws -> TraceIdentifier { try #require(TraceIdentifier(id.description)) }

    @Test(
        "an id is found by itself and within a header, and is no id if there is less or more of it",
        arguments: [
            ("4BF92f3577b34da6a3ce929d0e0e4736", true),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("4bf92f3577b34da6", false), ("", false), ("4bf92f3577b34da6a3ce929d0e0e473g", false),
            ("4bf92f3577b34da6a3ce929d0e0e47360", false), ("00-4bf92f3577b34da6a3ce929d0e0e4736", false),
            ("00-4bf92f3577b34da6-00f067aa0ba902b7-01", false),
        ]
    )
    func identifiers(text: String, isWhole: Bool) {
        #expect(TraceIdentifier(text)?.description == (isWhole ? "4bf92f3577b34da6a3ce929d0e0e4736" : nil))
    }

    @Test("what is written is read")
    func round() async throws {
        try await withFile { _, path in
            let entries = [try entry(), try entry(status: 503, milliseconds: 90), try entry()]
            let instruments = try await write(entries, to: path)
            #expect(instruments.traces.exported[.file].value == 6)
            let files = try TraceFiles(path: path)
            for entry in entries {
                let spans = try files.trace(id(entry.record.trace.traceID))
                #expect(spans.count == 2)
                let (request, child) = (try #require(spans.first), try #require(spans.last))
                #expect(request.name == "PUT /v2/{name}/manifests/{reference}")
                #expect(request.duration == UInt64(entry.record.duration.nanoseconds))
                #expect(request.isError == (entry.record.status == 503))
                #expect(request.message == (request.isError ? "write: ENOSPC" : ""))
                #expect(request[.bytes] == nil)
                #expect(request[.requestSize] == "1234")
                #expect(child.parentID == request.id)
                #expect(child[.bytes] == "7")
                #expect(child.start == request.start + 1_000_000)
                #expect(try files.trace(id(entry.record.requestID)) == spans)
            }
            #expect(try files.trace(try #require(TraceIdentifier("4bf92f3577b34da6a3ce929d0e0e4736"))).isEmpty)
        }
    }

    @Test("lists are of the latest, the slowest, or what failed")
    func lists() async throws {
        try await withFile { _, path in
            let entries = try [(200, 3), (500, 4), (200, 90), (404, 5), (503, 80)]
                .map { try entry(status: $0, milliseconds: $1) }
            _ = try await write(entries, to: path)
            let files = try TraceFiles(path: path)
            func durations(_ selection: TraceSummary.Selection, limit: Int = 10) throws -> [UInt64] {
                try TraceSummary.list(files, selection, limit: limit).map { $0.duration / 1_000_000 }
            }
            #expect(try durations(.slowest, limit: 2) == [90, 80])
            #expect(try durations(.recent) == [90, 80, 5, 4, 3])
            #expect(try durations(.errors) == [80, 4])
            let table = TraceSummary.table(try TraceSummary.list(files, .errors, limit: 1)).split(separator: "\n")
            #expect(table.first?.hasPrefix("TIME") == true)
            let row = "80.000 ms     503  PUT /v2/{name}/manifests/{reference}  team/app:v1  always"
            #expect(table.last?.contains(row) == true)
        }
    }

    @Test("rotated files are read too, and lines that are none are passed over")
    func rotated() async throws {
        try await withFile { folder, path in
            let (first, second) = (try entry(), try entry())
            _ = try await write([first], to: path)
            let old = folder.path + "/traces-20231114T221320.000000Z-000001.jsonl"
            try FileManager.default.moveItem(atPath: path, toPath: old)
            try await Tool.output("gzip", [old])
            _ = try await write([second], to: path)
            let content = try String(contentsOfFile: path, encoding: .utf8)
            let id = first.record.trace.traceID.description
            let broken = "half a line \(id)\n{}\n[]\n\(content){\"resourceSpans\":[{\"scope"
            try broken.write(toFile: path, atomically: true, encoding: .utf8)
            let files = try TraceFiles(path: path)
            #expect(try files.trace(self.id(first.record.trace.traceID)).count == 2)
            #expect(try files.trace(self.id(second.record.trace.traceID)).count == 2)
        }
    }

    @Test("a file that cannot be is told of")
    func missing() {
        #expect(throws: LogFileError.self) { try TraceFiles(path: "/nowhere/at/all.jsonl") }
        #expect(throws: LogFileError.self) {
            try TracePipeline(
                toFile: "/nowhere/at/all.jsonl",
                LogFileOptions(),
                of: ResourceDescription(serviceName: "s", version: "1", instance: "i"),
                instruments: Instruments(driverName: "x"),
                observer: RecordingObserver()
            )
        }
    }

    @Test("trouble with the file is told of once, with its cause, and once that it has been over for a while")
    func trouble() async throws {
        try await withFile { folder, path in
            let (clock, observer) = (ManualClock(), RecordingObserver())
            let file = try TraceFile(
                path: path,
                LogFileOptions(),
                of: ResourceDescription(serviceName: "s", version: "1", instance: "i"),
                instruments: Instruments(driverName: "x"),
                observer: observer,
                clock: { clock.now }
            )
            let queue = TraceQueue(capacity: 1, threshold: 1)
            /// Names of the events, after so much time and so many traces.
            func told(after time: Duration, _ traces: Int = 1) async throws -> [String] {
                clock.advance(time)
                await file.export(try (0..<traces).map { _ in try entry() }, from: queue)
                return observer.events.map(\.name.rawValue).filter { $0.hasPrefix("trace_") }
            }
            #expect(try await told(after: .zero).isEmpty)
            for _ in 0..<3 {
                try FileManager.default.removeItem(atPath: folder.path)
                #expect(try await told(after: .seconds(2)) == ["trace_file_failing"])
                try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
                #expect(try await told(after: .seconds(2)) == ["trace_file_failing"])
            }
            let failing = try #require(observer.events.first { $0.name == .traceFileFailing })
            #expect(failing.fields.map(\.value) == [.text(path), .text("No such file or directory")])
            #expect(try await told(after: .seconds(59), 0) == ["trace_file_failing"])
            #expect(try await told(after: .seconds(1), 0) == ["trace_file_failing", "trace_file_recovered"])
            #expect(try await told(after: .seconds(60)) == ["trace_file_failing", "trace_file_recovered"])
            await file.close()
        }
    }
}
