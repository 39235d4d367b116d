//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

extension DeliverySpan: TraceContent {
    package var count: Int { 1 }

    /// A span by the semantic conventions for HTTP clients.
    ///
    /// Source: OpenTelemetry semantic conventions, "HTTP client span".
    func exported() -> [ExportedSpan] {
        var attributes: [SpanAttribute] = [
            .init(.method, "POST"), .init(.url, address), .init(.endpoint, endpoint), .init(.eventID, event),
            .init(.repository, repository), .init(.batch, batch),
        ]
        attributes += SpanAttribute.server(of: BackendCall.Target("POST", url: address, hidesPath: true))
        if attempt > 1 { attributes.append(.init(.resendCount, attempt - 1)) }
        if let status { attributes.append(.init(.status, status)) }
        var span = ExportedSpan(
            traceID: cause.traceID,
            spanID: id,
            parentID: cause.spanID,
            state: cause.state,
            flags: ExportedSpan.flags(isSampled: true, hasRemoteParent: false),
            name: "POST notification",
            kind: .client,
            start: UInt64(clamping: start * 1000),
            end: UInt64(clamping: start * 1000 + duration.nanoseconds),
            attributes: attributes
        )
        if let failure {
            span.attributes.append(.init(.errorType, status.map(String.init) ?? "no_answer"))
            span.status = .error(message: failure.cut())
        }
        return [span]
    }
}

extension TraceObserver {
    /// Adds a request to an endpoint of notifications to the trace of the request that caused it.
    package func add(_ span: DeliverySpan) {
        instruments.started.add()
        if let reason = span.cause.reason { instruments.sampled[reason].add() }
        for pipeline in destinations.pipelines { pipeline.push(span) }
    }
}
