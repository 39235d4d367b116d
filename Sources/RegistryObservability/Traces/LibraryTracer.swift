//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import Instrumentation
import RegistryTelemetry
package import Tracing

/// Brings the spans that libraries make through swift-distributed-tracing into the trace of the request they work for,
/// and that trace into what they send to others.
///
/// Outside of a request, and where tracing is off, spans are forgotten as they come.
package struct LibraryTracer: Tracer {
    package init() {}

    /// Has the libraries of this process use it from now on; once in a process.
    package static func install() { InstrumentationSystem.bootstrap(LibraryTracer()) }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> InstrumentationContext,
        ofKind kind: Tracing.SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> LibraryTracerSpan {
        var context = context()
        let span = (context.spanScope ?? SpanScope.current).map { OpenSpan(in: $0) }
        if let span { context.spanScope = SpanScope(recorder: span.recorder, spanID: span.id) }
        return LibraryTracerSpan(operationName, context, RegistryTelemetry.SpanKind(kind), span)
    }

    /// Spans are sent when their request is over, and not by anybody's wish.
    package func forceFlush() {}

    package func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout InstrumentationContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        // The server reads the headers of its requests itself.
    }

    package func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let scope = context.spanScope ?? SpanScope.current else { return }
        for (name, value) in scope.recorder.contextHeaders(of: scope.spanID) {
            injector.inject(value, forKey: name, into: &carrier)
        }
    }
}

private enum SpanScopeKey: InstrumentationContextKey {
    typealias Value = SpanScope
}

extension InstrumentationContext {
    /// Where in a trace the library is.
    fileprivate var spanScope: SpanScope? {
        get { self[SpanScopeKey.self] }
        set { self[SpanScopeKey.self] = newValue }
    }
}

extension RegistryTelemetry.SpanKind {
    fileprivate init(_ kind: Tracing.SpanKind) {
        self =
            switch kind {
            case .server: .server
            case .client: .client
            case .producer: .producer
            case .consumer: .consumer
            case .internal: .internal
            }
    }
}
