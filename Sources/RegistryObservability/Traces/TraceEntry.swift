//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What goes to a destination of traces: spans that are kept.
protocol TraceContent: Sendable {
    var count: Int { get }

    func exported() -> [ExportedSpan]
}

/// A request whose trace is kept, on its way out: its record and what was recorded within it.
final class TraceEntry: TraceContent {
    let record: RequestRecord
    let spans: [TraceSpan]
    /// Spans that found no room in the recorder.
    let dropped: Int
    let reason: SamplingReason

    init(record: RequestRecord, spans: [TraceSpan], dropped: Int, reason: SamplingReason) {
        self.record = record
        self.spans = spans
        self.dropped = dropped
        self.reason = reason
    }

    /// Spans that the trace has, the request's own included.
    var count: Int { spans.count + 1 }

    /// The request's span, then the others in the order of their ends.
    func exported() -> [ExportedSpan] {
        [requestSpan()] + spans.map(childSpan)
    }

    /// The moment on the wall clock, in nanoseconds since 1970.
    ///
    /// One reading of the wall clock a request, and durations from there: the spans of a request never overlap for a
    /// clock that was set meanwhile.
    func time(_ offset: Duration) -> UInt64 {
        UInt64(clamping: record.start.microseconds * 1_000 + offset.nanoseconds)
    }

    private func childSpan(_ span: TraceSpan) -> ExportedSpan {
        var exported = ExportedSpan(
            traceID: record.trace.traceID,
            spanID: span.id,
            parentID: span.parentID,
            state: record.trace.state,
            flags: ExportedSpan.flags(isSampled: true, hasRemoteParent: false),
            name: span.work.name,
            kind: span.work.kind,
            start: time(span.start),
            end: time(span.end),
            attributes: span.work.attributes
        )
        switch span.outcome {
        case .ok: break
        case .refused(let code): exported.attributes.append(.init(.result, code))
        case .failed(let code):
            exported.attributes.append(.init(.errorType, code))
            exported.status = .error(message: "")
        }
        exported.limitAttributes()
        return exported
    }
}

extension ExportedSpan {
    /// Throws away what is beyond the limit, and counts it.
    mutating func limitAttributes() {
        droppedAttributes = max(0, attributes.count - Self.attributeLimit)
        attributes.removeLast(droppedAttributes)
    }
}
