//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("Spans of the ledger", .timeLimit(.minutes(5)))
struct LedgerSpanTests {
    private let recorder: SpanRecorder

    init() {
        var generator = SystemRandomNumberGenerator()
        recorder = SpanRecorder(TraceContext(traceparent: nil, using: &generator), startInstant: .now, headReason: nil)
    }

    private struct Line: Equatable {
        var work: LedgerWork
        var events: Int?
        var outcome = SpanOutcome.ok
    }

    /// What the ledger has done for a request.
    private func lines(_ body: () async throws -> Void) async throws -> [Line] {
        let result = await SpanScope.with(recorder) { () async -> Result<Void, any Error> in
            do { return .success(try await body()) } catch { return .failure(error) }
        }
        try result.get()
        return recorder.close().spans.compactMap { span in
            guard case .ledger(let work, let events) = span.work else { return nil }
            return Line(work: work, events: events, outcome: span.outcome)
        }
    }

    @Test("there is one for each intent that a request waits for, with the events that it promises")
    func push() async throws {
        let bench = try LedgerBench(router: PlainRouter())
        await bench.start()
        let name = try RepositoryName("a")
        let lines = try await lines {
            let blob = try await bench.push([1], to: name)
            try await bench.blobs.delete(blob, in: name)
        }
        #expect(
            lines == [
                Line(work: .note, events: nil), Line(work: .intent, events: 1), Line(work: .intent, events: 1),
            ]
        )
        await bench.ledger.close()
    }

    @Test("it lies between what was received and what is made of it")
    func order() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let name = try RepositoryName("a")
        await SpanScope.with(recorder) { _ = try? await bench.push([1], to: name) }
        let spans = recorder.close().spans
        func span(_ isIt: (SpanWork) -> Bool) throws -> TraceSpan { try #require(spans.first { isIt($0.work) }) }
        let write = try span { if case .upload(.write, _) = $0 { true } else { false } }
        let intent = try span { if case .ledger(.intent, _) = $0 { true } else { false } }
        let commit = try span { if case .upload(.commit, _) = $0 { true } else { false } }
        #expect(write.end <= intent.start && intent.start < intent.end && intent.end <= commit.start)
        #expect(intent.parentID == recorder.rootID)
        await bench.ledger.close()
    }

    @Test("a listing that the ledger answers has one")
    func listing() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let lines = try await lines { _ = try await bench.catalog.list(after: nil, limit: 10) }
        #expect(lines == [Line(work: .listing)])
        await bench.ledger.close()
    }

    @Test("one that was not written says why")
    func unavailable() async throws {
        let bench = try LedgerBench()
        let name = try RepositoryName("a")
        let lines = try await lines { try await bench.push([1], to: name) }
        #expect(lines.map(\.outcome) == [.failed(code: "unavailable"), .failed(code: "unavailable")])
    }

    @Test("there is none without a traced request")
    func off() async throws {
        let bench = try LedgerBench()
        await bench.start()
        try await bench.push([1], to: try RepositoryName("a"))
        #expect(recorder.close().spans.isEmpty)
        await bench.ledger.close()
    }
}
