//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import Instrumentation
import RegistryTelemetry
import Synchronization
package import Tracing

/// A span of a library: what it says of its work, until it ends.
package final class LibraryTracerSpan: Tracing.Span {
    package let context: InstrumentationContext
    private let kind: RegistryTelemetry.SpanKind
    private let span: OpenSpan?
    private let state: Mutex<State>

    private struct State {
        var name: String
        var attributes = SpanAttributes()
        var outcome = SpanOutcome.ok
        var hasEnded = false
    }

    init(
        _ name: String,
        _ context: InstrumentationContext,
        _ kind: RegistryTelemetry.SpanKind,
        _ span: OpenSpan?
    ) {
        self.context = context
        self.kind = kind
        self.span = span
        self.state = Mutex(State(name: name))
    }

    package var isRecording: Bool { span != nil && !state.withLock { $0.hasEnded } }

    package var operationName: String {
        get { state.withLock { $0.name } }
        set { change { $0.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { change { $0.attributes = newValue } }
    }

    package func setStatus(_ status: SpanStatus) {
        change { state in
            switch (status.code, state.outcome) {
            case (.ok, _): state.outcome = .ok
            // The error that was recorded before says more.
            case (.error, .failed): break
            // The words may be anything, so they are no code.
            case (.error, _): state.outcome = .failed(code: "_OTHER")
            }
        }
    }

    package func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        // The type only: the words may tell what should not leave the process.
        let type = String(describing: Swift.type(of: error))
        change { $0.outcome = .failed(code: type) }
    }

    /// Events within spans, and links between them, have no place here.
    package func addEvent(_ event: SpanEvent) {}

    package func addLink(_ link: SpanLink) {}

    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let span else { return }
        let ended = state.withLock { state -> State? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            return state
        }
        guard let ended else { return }
        var attributes: [RegistryTelemetry.SpanAttribute] = []
        ended.attributes.forEach { key, value in
            if let value = RegistryTelemetry.SpanAttribute.Value(value) {
                attributes.append(.init(key, value))
            }
        }
        attributes.sort { $0.key < $1.key }
        span.end(.library(LibrarySpan(name: ended.name, kind: kind, attributes: attributes)), ended.outcome)
    }

    private func change(_ body: (inout sending State) -> Void) {
        guard span != nil else { return }
        state.withLock { if !$0.hasEnded { body(&$0) } }
    }
}

extension RegistryTelemetry.SpanAttribute.Value {
    /// - Returns: nil for lists, which no library at hand has.
    fileprivate init?(_ value: Tracing.SpanAttribute) {
        switch value {
        case .int32(let number): self = .number(Int64(number))
        case .int64(let number): self = .number(number)
        case .double(let number): self = .real(number)
        case .bool(let truth): self = .truth(truth)
        case .string(let text): self = .text(text)
        case .stringConvertible(let value): self = .text(value.description)
        default: return nil
        }
    }
}
