//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryTelemetry

@Suite("Span recorders", .timeLimit(.minutes(5)))
struct SpanRecorderTests {
    private struct Failure: SpanOutcomeProviding, Equatable {
        var spanOutcome: SpanOutcome { .failed(code: "broken") }
    }

    private func recorder() -> SpanRecorder {
        var generator = SystemRandomNumberGenerator()
        return SpanRecorder(
            TraceContext(traceparent: nil, using: &generator),
            startInstant: .now,
            headReason: nil
        )
    }

    @Test("nothing is recorded where there is no recorder")
    func nothing() async throws {
        #expect(SpanScope.current == nil)
        #expect(OpenSpan.begin() == nil)
        let result = try await SpanScope.measure(.digest(bytes: 1)) { () async throws(Failure) in
            #expect(SpanScope.current == nil)
            return 7
        }
        #expect(result == 7)
        await SpanScope.with(nil) { #expect(SpanScope.current == nil) }
    }

    @Test("what happens within a span is its child, and what follows is not")
    func tree() async throws {
        let recorder = recorder()
        await SpanScope.with(recorder) {
            OpenSpan.begin()?.end(.cache(.hit))
            await #expect(throws: Failure()) {
                try await SpanScope.measure(.upload(.commit, bytes: 5)) { () async throws(Failure) in
                    OpenSpan.begin()?.end(.storage(.move, driver: "a", path: "/b", bytes: nil), .refused(code: "c"))
                    throw Failure()
                }
            }
            OpenSpan.begin()?.end(.digest(bytes: 9))
        }
        recorder.add(.send(bytes: 3), from: .now)
        let (spans, dropped) = recorder.close()
        #expect(dropped == 0)
        // In the order of their ends.
        let names = spans.map {
            switch $0.work {
            case .cache, .localCache: "cache"
            case .storage: "storage"
            case .upload: "upload"
            case .authorize: "authorize"
            case .digest: "digest"
            case .send: "send"
            case .ledger: "ledger"
            case .backend: "backend"
            case .library: "library"
            }
        }
        #expect(names == ["cache", "storage", "upload", "digest", "send"])
        let root = recorder.rootID
        #expect(spans.map(\.parentID) == [root, spans[2].id, root, root, root])
        #expect(spans.map(\.outcome) == [.ok, .refused(code: "c"), .failed(code: "broken"), .ok, .ok])
        #expect(Set(spans.map(\.id) + [recorder.rootID, 0]).count == 7)
        for span in spans { #expect(span.start >= .zero && span.end >= span.start) }
        #expect(spans[1].start >= spans[2].start && spans[1].end <= spans[2].end)
    }

    @Test("too many spans are counted, and so are those that come too late")
    func limit() {
        let recorder = recorder()
        for _ in 0..<SpanRecorder.limit + 7 { recorder.add(.digest(bytes: 0), from: .now) }
        let instruments = Instruments(driverName: "x").traces
        let (spans, dropped) = recorder.close(countingLate: instruments, .slow)
        #expect(spans.count == SpanRecorder.limit)
        #expect(dropped == 7)
        recorder.add(.digest(bytes: 0), from: .now)
        #expect(recorder.close(countingLate: instruments, nil).spans.isEmpty)
        // Of a request that is not kept.
        recorder.add(.digest(bytes: 0), from: .now)
        #expect(instruments.started.value == 2)
        #expect(instruments.sampled[.slow].value == 1)
        #expect(instruments.dropped[.spanLimit].value == 1)
    }

    @Test("what failed, what took long and the stages find room behind however many calls")
    func telling() {
        var generator = SystemRandomNumberGenerator()
        let recorder = SpanRecorder(
            TraceContext(traceparent: nil, using: &generator),
            startInstant: .now,
            headReason: nil,
            sampler: TraceSampler(root: .never, slow: .seconds(4))
        )
        func add(_ work: SpanWork? = nil, _ outcome: SpanOutcome = .ok, seconds: Int = 0) -> UInt64 {
            let id = recorder.nextID()
            let work = work ?? .storage(.stat, driver: "a", path: "/b", bytes: nil)
            recorder.add(
                TraceSpan(id: id, parentID: 1, work: work, outcome: outcome, start: .zero, end: .seconds(seconds))
            )
            return id
        }
        var kept = (0..<SpanRecorder.limit).map { _ in add() }
        for _ in 0..<1000 { _ = add() }
        // A great many of these come with an image of many layers, and none of them is the reason of a failure.
        let refused = (0..<1000).map { _ in add(nil, .refused(code: "not_found")) }
        kept += refused.prefix(SpanRecorder.refusedLimit)
        kept.append(add(.upload(.link, bytes: nil)))
        kept.append(add(nil, seconds: 1))
        kept.append(add(nil, .failed(code: "failed")))
        kept.append(add(.ledger(.intent, events: nil), .refused(code: "busy")))
        let failed = (0..<1000).map { _ in add(nil, .failed(code: "failed")) }
        kept += failed.prefix(SpanRecorder.tellingLimit - 4)
        let (spans, dropped) = recorder.close()
        #expect(spans.map(\.id) == kept)
        #expect(dropped == 3004 + SpanRecorder.limit - kept.count)
    }

    @Test("identifiers are never zero and never the same")
    func identifiers() async {
        let recorder = recorder()
        let ids = await withTaskGroup(of: [UInt64].self) { tasks in
            for _ in 0..<4 { tasks.addTask { (0..<5000).map { _ in recorder.nextID() } } }
            return await tasks.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids + [0, recorder.rootID]).count == 20_002)
    }
}
