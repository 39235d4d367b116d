//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Spans in the binary encoding of OTLP.
///
/// Sources: `opentelemetry/proto/collector/trace/v1/trace_service.proto`, `trace/v1/trace.proto`,
/// `resource/v1/resource.proto` and `common/v1/common.proto`; the numbers of the fields are theirs.
enum OTLPProtobuf {
    /// An `ExportTraceServiceRequest`.
    static func encode(_ spans: [ExportedSpan], of resource: ResourceDescription) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { resourceSpans in
            resourceSpans.message(1) { $0.attributes(1, resource.attributes) }
            resourceSpans.message(2) { scopeSpans in
                scopeSpans.message(1) {
                    $0.string(1, ResourceDescription.scopeName)
                    $0.string(2, resource.version)
                }
                for span in spans { scopeSpans.message(2) { $0.span(span) } }
                scopeSpans.string(3, ResourceDescription.schemaURL)
            }
            resourceSpans.string(3, ResourceDescription.schemaURL)
        }
        return writer.bytes
    }
}

extension ProtobufWriter {
    fileprivate mutating func span(_ span: ExportedSpan) {
        bigEndian(1, span.traceID.high, span.traceID.low)
        bigEndian(2, span.spanID)
        if let state = span.state { string(3, state) }
        if let parent = span.parentID { bigEndian(4, parent) }
        string(5, span.name)
        number(6, span.kind.rawValue)
        fixed64(7, span.start)
        fixed64(8, span.end)
        attributes(9, span.attributes)
        if span.droppedAttributes > 0 { number(10, Int64(span.droppedAttributes)) }
        if case .error(let text) = span.status {
            message(15) { status in
                if !text.isEmpty { status.string(2, text) }
                status.number(3, 2)
            }
        }
        fixed32(16, span.flags)
    }

    fileprivate mutating func attributes(_ field: UInt64, _ attributes: [SpanAttribute]) {
        for attribute in attributes {
            message(field) { pair in
                pair.string(1, attribute.key)
                pair.message(2) { value in
                    switch attribute.value {
                    case .text(let text): value.string(1, text)
                    case .truth(let truth): value.number(2, truth ? 1 : 0)
                    case .number(let number): value.number(3, number)
                    case .real(let real): value.double(4, real)
                    }
                }
            }
        }
    }
}
