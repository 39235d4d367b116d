//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

/// W3C Trace Context, "traceparent Header".
@Suite("Trace contexts", .timeLimit(.minutes(5)))
struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    private func context(_ traceparent: String?) -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(traceparent: traceparent, using: &generator)
    }

    @Test(
        "go on with the caller's trace",
        arguments: [
            ("00-\(trace)-\(span)-01", true), ("00-\(trace)-\(span)-00", false),
            // Only the lowest bit says that the trace is sampled; the others are to be ignored.
            ("00-\(trace)-\(span)-03", true), ("00-\(trace)-\(span)-02", false), ("00-\(trace)-\(span)-ff", true),
            ("00-\(trace)-\(span)-fe", false),
            // Later versions begin like this one, and may go on after a dash.
            ("01-\(trace)-\(span)-01", true), ("cc-\(trace)-\(span)-01-what-comes", true),
            ("fe-\(trace)-\(span)-01-", true),
            ("fe-\(trace)-\(span)-00-\(String(repeating: "x", count: 10_000))", false),
        ]
    )
    func continued(traceparent: String, isSampled: Bool) {
        let context = context(traceparent)
        #expect(context.traceID.description == Self.trace)
        #expect(context.parentSpanID == 0x00f0_67aa_0ba9_02b7)
        #expect(context.isSampled == isSampled)
        #expect(context.spanID != 0)
        #expect(context.spanID != context.parentSpanID)
    }

    @Test(
        "begin anew when there is none, or a malformed one",
        arguments: [
            nil, "", "00", "-", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0",
            "00-\(trace)-\(span)-1",
            // This version has an exact length, others no more without a dash.
            "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-x", "00-\(trace)-\(span)-011", "01-\(trace)-\(span)-01x",
            "01-\(trace)-\(span)-011", "00-\(trace)-\(span)-01 ", " 00-\(trace)-\(span)-01",
            // ff is no version, and zeros are no trace and no span.
            "ff-\(trace)-\(span)-01", "00-00000000000000000000000000000000-\(span)-01",
            "00-\(trace)-0000000000000000-01",
            // Lower case only, hexadecimal only.
            "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "00-\(trace)-\(span)-0A",
            "0G-\(trace)-\(span)-01", "00-\(trace.dropLast())g-\(span)-01", "00-\(trace)-\(span.dropLast())x-01",
            "00-\(trace)-\(span)-0x", "+0-\(trace)-\(span)-01", "00-\(trace.dropLast()) -\(span)-01",
            // Dashes elsewhere.
            "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01", "00-\(trace)\(span)-01-",
            "00-\(trace.dropLast())-\(span)0-01", "0-\(trace)-\(span)-01-", "000-\(trace)-\(span)-01",
            // Other characters of other lengths.
            "00-\(trace)-\(span)-０1", "٠٠-\(trace)-\(span)-01", "00-\(trace)-\(span)-\0\0",
            String(repeating: "é", count: 55),
            String(repeating: "-", count: 55), String(repeating: "0", count: 1_000_000),
        ] as [String?]
    )
    func begun(traceparent: String?) {
        let context = context(traceparent)
        #expect(context.parentSpanID == nil)
        #expect(context.traceID.description != Self.trace)
        #expect(!context.traceID.isZero)
        #expect(context.spanID != 0)
        #expect(!context.isSampled)
    }

    @Test("have ids from the generator, and one span each")
    func ids() {
        var generator = Counting(value: 100)
        let contexts = (0..<100).map { _ in TraceContext(traceparent: nil, using: &generator) }
        #expect(Set(contexts.map(\.spanID)).count == 100)
        #expect(Set(contexts.map(\.traceID)).count == 100)
    }
}

@Suite("Links to spans of another time", .timeLimit(.minutes(5)))
struct TraceLinkTests {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test("are read as they were written, with the caller's state or without", arguments: [nil, "a=1", "a=x y,\tb=2 "])
    func roundTrip(state: String?) throws {
        var generator = SystemRandomNumberGenerator()
        let trace = TraceContext(traceparent: Self.parent, tracestate: state, using: &generator)
        for reason in [.parent, .always, .ratio, nil] as [SamplingReason?] {
            let link = try #require(TraceContext.Link(trace.linkText(reason)))
            let isSampled = reason != nil
            #expect(link.reason == reason)
            #expect(link.traceID == trace.traceID && link.spanID == trace.spanID && link.isSampled == isSampled)
            #expect(link.state == state)
            #expect(link.traceparent == trace.header(isSampled: isSampled))
            let headers = link.headers(spanID: 7)
            #expect(headers.map(\.name) == ["traceparent"] + (state == nil ? [] : ["tracestate"]))
            #expect(headers.first?.value == trace.header(spanID: 7, isSampled: isSampled))
        }
    }

    @Test("are read as they were kept before they had a state or a reason, and nothing is made of anything else")
    func others() {
        #expect(TraceContext.Link(Self.parent)?.state == nil)
        #expect(TraceContext.Link(Self.parent)?.isSampled == true)
        #expect(TraceContext.Link(Self.parent + " a=1;ratio")?.reason == .parent)
        for text in ["", " ", "a=1", Self.parent + "x", "\(Self.parent)\n"] { #expect(TraceContext.Link(text) == nil) }
    }
}

@Suite("Identifiers", .timeLimit(.minutes(5)))
struct IdentifierTests {
    @Test("are 32 hexadecimal characters")
    func text() {
        #expect(WideID(high: 0, low: 0).description == String(repeating: "0", count: 32))
        #expect(
            WideID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210).description
                == "0123456789abcdeffedcba9876543210"
        )
        #expect(WideID(high: .max, low: .max).description == String(repeating: "f", count: 32))
    }

    @Test("are zero only if both halves are")
    func zero() {
        #expect(WideID(high: 0, low: 0).isZero)
        #expect(!WideID(high: 1, low: 0).isZero)
        #expect(!WideID(high: 0, low: 1).isZero)
    }

    @Test("of requests are never the same, from however many tasks, and tell the run and the order")
    func requests() async {
        let generator = RequestIDGenerator()
        let ids = await withTaskGroup(of: [WideID].self) { tasks in
            for _ in 0..<8 { tasks.addTask { (0..<1000).map { _ in generator.next() } } }
            return await tasks.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 8000)
        #expect(Set(ids.map(\.high)).count == 1)
        let numbers = ids.map(\.low).sorted()
        #expect((numbers.last ?? 0) - (numbers.first ?? 0) == 7999)
        #expect(generator.next().low == (numbers.last ?? 0) + 1)
        #expect(RequestIDGenerator().next().high != ids.first?.high)
    }
}
