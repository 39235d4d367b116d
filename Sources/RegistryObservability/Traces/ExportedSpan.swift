//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A span as OTLP has it, whatever the encoding.
///
/// Source: `opentelemetry/proto/trace/v1/trace.proto`.
struct ExportedSpan: Sendable {
    var traceID: WideID
    var spanID: UInt64
    var parentID: UInt64?
    /// `tracestate` as the caller sent it.
    var state: String?
    /// The lowest byte is that of W3C Trace Context; above it stands whether the parent is in another process.
    var flags: UInt32
    var name: String
    var kind: SpanKind
    /// Nanoseconds since 1970.
    var start: UInt64
    /// Nanoseconds since 1970.
    var end: UInt64
    var attributes: [SpanAttribute]
    /// Attributes that found no room.
    var droppedAttributes = 0
    var status = Status.unset

    enum Status: Sendable, Equatable {
        case unset
        /// - `message`: what is wrong, for a person; may be empty.
        case error(message: String)
    }

    /// Source: `SpanFlags` in trace.proto.
    static func flags(isSampled: Bool, hasRemoteParent: Bool) -> UInt32 {
        (isSampled ? 1 : 0) | 0x100 | (hasRemoteParent ? 0x200 : 0)
    }

    /// Attributes that a span may have; the default of `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.
    static let attributeLimit = 128
    /// Bytes of a text beyond which it is cut, as in the log.
    static let textLimit = 512
}

extension String {
    /// As much of the text as a span has room for.
    func cut() -> String { cut(at: ExportedSpan.textLimit) }
}
