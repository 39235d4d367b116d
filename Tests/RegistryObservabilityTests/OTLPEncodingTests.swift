//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

/// What real decoders make of it is a matter of the peer tests; here are single bytes.
@Suite("The encodings of OTLP")
struct OTLPEncodingTests {
    /// The examples of "Encoding" in the documentation of Protocol Buffers, and limits.
    @Test("Protocol Buffers")
    func protobuf() {
        func bytes(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
            var writer = ProtobufWriter()
            body(&writer)
            return writer.bytes
        }
        #expect(bytes { $0.number(1, 150) } == [0x08, 0x96, 0x01])
        #expect(bytes { $0.number(1, 0) } == [0x08, 0])
        #expect(bytes { $0.number(1, -1) } == [0x08] + Array(repeating: 0xff, count: 9) + [1])
        #expect(bytes { $0.string(2, "testing") } == [0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
        #expect(bytes { $0.message(3) { $0.number(1, 150) } } == [0x1a, 3, 0x08, 0x96, 0x01])
        #expect(bytes { $0.message(3) { _ in } } == [0x1a, 0])
        #expect(bytes { $0.fixed64(7, 1) } == [0x39, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes { $0.fixed32(16, 0x0102) } == [0x85, 1, 2, 1, 0, 0])
        #expect(bytes { $0.double(4, 1) } == [0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
        #expect(bytes { $0.bigEndian(2, 0x0102_0304_0506_0708) } == [0x12, 8, 1, 2, 3, 4, 5, 6, 7, 8])
        // A length that takes two bytes.
        let long = bytes { $0.message(1) { $0.string(1, String(repeating: "x", count: 200)) } }
        #expect(long.prefix(6) == [0x0a, 0xcb, 1, 0x0a, 0xc8, 1])
        #expect(long.count == 206)
    }

    @Test("JSON")
    func json() {
        let span = ExportedSpan(
            traceID: WideID(high: 1, low: 0xab),
            spanID: 2,
            parentID: nil,
            state: "a=\"1\"",
            flags: 0x101,
            name: "x",
            kind: .internal,
            start: 1_700_000_000_123_456_000,
            end: 1_700_000_000_123_456_001,
            attributes: [
                .init("t", .text("a\"\n")), .init("n", .number(-5)), .init("r", .real(0.5)),
                .init("i", .real(.infinity)),
                .init("b", .truth(true)),
            ],
            droppedAttributes: 4,
            status: .error(message: "no")
        )
        var text = TextBuffer(capacity: 1)
        let resource = ResourceDescription(serviceName: "s", version: "1", instance: "i")
        OTLPJSON.append([span], of: resource, to: &text)
        let line = String(decoding: text.bytes, as: UTF8.self)
        let expected = """
            "spans":[{"traceId":"000000000000000100000000000000ab","spanId":"0000000000000002",\
            "traceState":"a=\\"1\\"","flags":257,"name":"x","kind":1,"startTimeUnixNano":"1700000000123456000",\
            "endTimeUnixNano":"1700000000123456001","attributes":[{"key":"t","value":{"stringValue":"a\\"\\n"}},\
            {"key":"n","value":{"intValue":"-5"}},{"key":"r","value":{"doubleValue":0.5}},\
            {"key":"i","value":{"doubleValue":"Infinity"}},{"key":"b","value":{"boolValue":true}}],\
            "droppedAttributesCount":4,"status":{"message":"no","code":2}}]
            """
        #expect(line.contains(expected))
        #expect(line.contains(#"{"key":"service.name","value":{"stringValue":"s"}}"#))
        #expect(!line.contains("\n"))
    }

    @Test("the operator's attributes win, but for the name of the service")
    func resource() {
        let resource = ResourceDescription(
            serviceName: "s",
            version: "1",
            instance: "i",
            attributes: ["service.version": "2", "service.name": "t", "a": "b"]
        )
        let texts = Dictionary(uniqueKeysWithValues: resource.attributes.map { ($0.key, $0.value) })
        #expect(texts["service.name"] == .text("s"))
        #expect(texts["service.version"] == .text("2"))
        #expect(texts["a"] == .text("b"))
    }
}
