//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Instrumentation
import RegistryTelemetry
import Testing
import Tracing

@testable import RegistryObservability

@Suite("Spans of libraries", .timeLimit(.minutes(5)))
struct LibraryTracerTests {
    private struct Carrier: Injector {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    private struct Failure: Error {}

    private let tracer = LibraryTracer()

    private func recorder() -> SpanRecorder {
        let record = Sample.emptyRecord()
        return SpanRecorder(record.trace, startInstant: record.startInstant, headReason: .parent)
    }

    @Test("become part of the request's trace, one within the other")
    func tree() async {
        let recorder = recorder()
        await SpanScope.with(recorder) {
            _ = try? tracer.withSpan("outer", ofKind: .client) { span in
                span.attributes["a"] = "b"
                span.attributes["n"] = 5
                tracer.withSpan("inner") { _ in }
                throw Failure()
            }
        }
        let spans = recorder.close().spans
        #expect(spans.map(\.work.name) == ["inner", "outer"])
        #expect(spans[1].parentID == recorder.rootID)
        #expect(spans[0].parentID == spans[1].id)
        #expect(spans.map(\.work.kind) == [.internal, .client])
        #expect(spans[1].work.attributes == [.init("a", .text("b")), .init("n", .number(5))])
        #expect(spans.map(\.outcome) == [.ok, .failed(code: "Failure")])
    }

    @Test("go on in what is sent to others")
    func injection() async {
        let recorder = recorder()
        var headers: [String: String] = [:]
        await SpanScope.with(recorder) {
            tracer.withSpan("call", ofKind: .client) { span in
                tracer.inject(span.context, into: &headers, using: Carrier())
            }
        }
        let id = recorder.close().spans.first?.id
        #expect(headers == ["traceparent": recorder.trace.header(spanID: id, isSampled: true)])
    }

    @Test("are forgotten outside of a request")
    func outside() {
        let span = tracer.startSpan("x", context: .topLevel)
        #expect(!span.isRecording)
        span.attributes["a"] = 1
        span.end()
        var headers: [String: String] = [:]
        tracer.inject(.topLevel, into: &headers, using: Carrier())
        #expect(headers.isEmpty)
    }

    @Test("end once, and change no more")
    func end() async {
        let recorder = recorder()
        await SpanScope.with(recorder) {
            let span = tracer.startSpan("x", context: .topLevel)
            #expect(span.isRecording)
            span.end()
            span.operationName = "y"
            span.end()
            #expect(!span.isRecording)
        }
        #expect(recorder.close().spans.map(\.work.name) == ["x"])
    }
}
