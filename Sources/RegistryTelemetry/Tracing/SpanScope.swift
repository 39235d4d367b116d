//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where in a trace the running task is: the recorder of its request, and the span that new ones are children of.
///
/// A task local, so that nothing between the handler and the storage has to carry it. Not there without tracing.
package struct SpanScope: Sendable {
    @TaskLocal package static var current: SpanScope?

    package let recorder: SpanRecorder
    package let spanID: UInt64

    package init(recorder: SpanRecorder, spanID: UInt64) {
        self.recorder = recorder
        self.spanID = spanID
    }

    /// Does the work of a request, with what it does recorded where there is a recorder.
    package static func with<Output>(
        _ recorder: SpanRecorder?,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async -> Output
    ) async -> Output {
        guard let recorder else { return await body() }
        return await $current.withValue(SpanScope(recorder: recorder, spanID: recorder.rootID), operation: body)
    }

    /// Does a piece of work and records it, with what happens within as its children.
    package static func measure<Output, Failure: SpanOutcomeProviding>(
        _ work: @autoclosure () -> SpanWork,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Output
    ) async throws(Failure) -> Output {
        guard let span = OpenSpan.begin() else { return try await body() }
        do throws(Failure) {
            let output = try await span.within(body)
            span.end(work())
            return output
        } catch {
            span.end(work(), error.spanOutcome)
            throw error
        }
    }
}

/// A span that has begun; one that is never ended leaves no trace.
package struct OpenSpan: Sendable {
    package let recorder: SpanRecorder
    package let id: UInt64
    private let parentID: UInt64
    private let start: MonotonicTime

    /// Begins a span where the running task is.
    /// - Returns: nil without tracing.
    package static func begin() -> OpenSpan? {
        guard let scope = SpanScope.current else { return nil }
        return OpenSpan(in: scope)
    }

    package init(in scope: SpanScope) {
        self.recorder = scope.recorder
        self.id = scope.recorder.nextID()
        self.parentID = scope.spanID
        self.start = .now
    }

    /// Does what belongs to the span, so that what is recorded meanwhile becomes its children.
    package func within<Output, Failure: Error>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Output
    ) async throws(Failure) -> Output {
        let inner = SpanScope(recorder: recorder, spanID: id)
        let result = await SpanScope.$current.withValue(inner) { () async -> Result<Output, Failure> in
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Records the span.
    package func end(_ work: SpanWork, _ outcome: SpanOutcome = .ok) {
        recorder.add(
            TraceSpan(
                id: id,
                parentID: parentID,
                work: work,
                outcome: outcome,
                start: recorder.time(of: start),
                end: recorder.time(of: .now)
            )
        )
    }
}
