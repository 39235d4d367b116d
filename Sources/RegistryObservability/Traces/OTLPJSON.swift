//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Spans in the JSON encoding of OTLP.
///
/// Identifiers are hexadecimal, enumerations are numbers, and numbers of 64 bits are text.
///
/// Source: OpenTelemetry protocol specification, "JSON Protobuf Encoding".
enum OTLPJSON {
    /// Appends an `ExportTraceServiceRequest`, which is also one line of a file of traces.
    static func append(_ spans: [ExportedSpan], of resource: ResourceDescription, to text: inout TextBuffer) {
        text.append(#"{"resourceSpans":[{"resource":{"attributes":"#)
        append(resource.attributes, to: &text)
        text.append(#"},"scopeSpans":[{"scope":{"name":"#)
        append(ResourceDescription.scopeName, to: &text)
        text.append(#","version":"#)
        append(resource.version, to: &text)
        text.append(#"},"spans":["#)
        for (position, span) in spans.enumerated() {
            if position > 0 { text.append(",") }
            append(span, to: &text)
        }
        text.append(#"],"schemaUrl":"#)
        append(ResourceDescription.schemaURL, to: &text)
        text.append(#"}],"schemaUrl":"#)
        append(ResourceDescription.schemaURL, to: &text)
        text.append("}]}")
    }

    private static func append(_ span: ExportedSpan, to text: inout TextBuffer) {
        text.append(#"{"traceId":""#)
        text.append(hexadecimal: span.traceID.high)
        text.append(hexadecimal: span.traceID.low)
        text.append(#"","spanId":""#)
        text.append(hexadecimal: span.spanID)
        if let parent = span.parentID {
            text.append(#"","parentSpanId":""#)
            text.append(hexadecimal: parent)
        }
        text.append("\"")
        if let state = span.state {
            text.append(#","traceState":"#)
            append(state, to: &text)
        }
        text.append(#","flags":"#)
        text.append(Int64(span.flags))
        text.append(#","name":"#)
        append(span.name, to: &text)
        text.append(#","kind":"#)
        text.append(span.kind.rawValue)
        text.append(#","startTimeUnixNano":""#)
        text.append(Int64(clamping: span.start))
        text.append(#"","endTimeUnixNano":""#)
        text.append(Int64(clamping: span.end))
        text.append(#"","attributes":"#)
        append(span.attributes, to: &text)
        if span.droppedAttributes > 0 {
            text.append(#","droppedAttributesCount":"#)
            text.append(Int64(span.droppedAttributes))
        }
        text.append(#","status":{"#)
        if case .error(let message) = span.status {
            if !message.isEmpty {
                text.append(#""message":"#)
                append(message, to: &text)
                text.append(",")
            }
            text.append(#""code":2"#)
        }
        text.append("}}")
    }

    private static func append(_ attributes: [SpanAttribute], to text: inout TextBuffer) {
        text.append("[")
        for (position, attribute) in attributes.enumerated() {
            text.append(position == 0 ? #"{"key":"# : #",{"key":"#)
            append(attribute.key, to: &text)
            switch attribute.value {
            case .text(let value):
                text.append(#","value":{"stringValue":"#)
                append(value, to: &text)
            case .number(let value):
                text.append(#","value":{"intValue":""#)
                text.append(value)
                text.append("\"")
            case .real(let value):
                text.append(#","value":{"doubleValue":"#)
                // Values that JSON has no numbers for are text in this encoding.
                if value.isFinite {
                    text.append("\(value)")
                } else {
                    append(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity", to: &text)
                }
            case .truth(let value):
                text.append(value ? #","value":{"boolValue":true"# : #","value":{"boolValue":false"#)
            }
            text.append("}}")
        }
        text.append("]")
    }

    /// All texts have been cut before.
    private static func append(_ value: String, to text: inout TextBuffer) {
        text.append(json: value, limit: .max)
    }
}
