//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

/// W3C Trace Context, "tracestate Header".
@Suite("Trace states")
struct TraceStateTests {
    private static let members = (0..<33).map { "k\($0)=v" }

    @Test(
        "are kept as they came",
        arguments: [
            "rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=1 , congo=2", "rojo=1,,congo=2",
            "a=1,", "0a=1", "tenant@system=1", "a_-*/z9=!\"#$%&'()*+-./:;<>?@[]^`{|}~", "a=with space", " a=1\t",
            "\(String(repeating: "k", count: 256))=\(String(repeating: "v", count: 256))",
            members.prefix(32).joined(separator: ","),
        ]
    )
    func kept(text: String) { #expect(TraceState.checked(text) == text) }

    @Test(
        "are thrown away whole when they are none",
        arguments: [
            "", " ", ",", "a", "a=", "=1", "A=1", "a=1,a=2", "a=1,b", "a b=1", "a=1=2", "a=é", "é=1", "a=\u{7f}",
            "-a=1", "@a=1", "a=1;b=2\u{0}", members.joined(separator: ","),
            "\(String(repeating: "k", count: 257))=v", "k=\(String(repeating: "v", count: 257))",
            (0..<20).map { "k\($0)=\(String(repeating: "v", count: 200))" }.joined(separator: ","),
        ]
    )
    func refused(text: String) { #expect(TraceState.checked(text) == nil) }

    @Test("come with a trace or not at all")
    func context() {
        var generator = SystemRandomNumberGenerator()
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        #expect(TraceContext(traceparent: parent, tracestate: "a=1", using: &generator).state == "a=1")
        #expect(TraceContext(traceparent: parent, tracestate: "a", using: &generator).state == nil)
        #expect(TraceContext(traceparent: "00", tracestate: "a=1", using: &generator).state == nil)
        #expect(TraceContext(traceparent: nil, tracestate: "a=1", using: &generator).state == nil)
        let malformed = TraceContext(traceparent: parent, tracestate: "a", using: &generator)
        #expect(malformed.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
    }

    @Test("headers tell the trace, the span and whether it is sampled")
    func header() {
        var generator = SystemRandomNumberGenerator()
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let context = TraceContext(traceparent: parent, using: &generator)
        #expect(context.header(spanID: 0x00f0_67aa_0ba9_02b7, isSampled: true) == parent)
        #expect(context.header(spanID: 0x00f0_67aa_0ba9_02b7, isSampled: false) == parent.dropLast() + "0")
        let own = TraceContext(traceparent: context.header(isSampled: true), using: &generator)
        #expect(own.parentSpanID == context.spanID)
        #expect(own.isSampled)
    }
}
