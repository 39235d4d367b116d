//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Collects the spans of one request until it is over, when the sampler decides whether they are kept.
///
/// There is one only where tracing is configured; without it a request pays for none of this.
package final class SpanRecorder: Sendable {
    package let trace: TraceContext
    /// What the trace knew at the start: whether, and why, the request is sampled, whatever becomes of it.
    package let headReason: SamplingReason?
    package let target: RequestTarget
    /// Has its word when the request is over.
    let sampler: TraceSampler
    private let startInstant: MonotonicTime
    private let identifiers = Atomic<UInt64>(0)
    private let state = Mutex(State())

    /// The first spans are kept whatever they are; a list may ask the storage thousands of times.
    package static let limit = 128
    /// How many of those beyond are kept that tell why a request failed or was slow: what failed or took long itself, and the
    /// stages of the request, of which there are few.
    package static let tellingLimit = 64
    /// The same for what came to nothing without having failed.
    ///
    /// A room of its own: where much is asked for that is not there, what failed must still find some.
    package static let refusedLimit = 32

    private struct State {
        var spans: [TraceSpan] = []
        var telling = 0
        var refused = 0
        var dropped = 0
        var isClosed = false
        /// Where those are counted that come when it is closed, and as what.
        var late: (instruments: TraceInstruments, reason: SamplingReason?)?

        /// Takes a place beyond the first for a span, if it is one that has it.
        mutating func takeRoom(for span: borrowing TraceSpan, slow: Duration?) -> Bool {
            switch span.outcome {
            case .refused where !span.work.isStage:
                refused += 1
                return refused <= SpanRecorder.refusedLimit
            case .ok where !span.work.isStage && slow.map({ span.end - span.start < $0 / 4 }) ?? true: return false
            case .ok, .refused, .failed:
                telling += 1
                return telling <= SpanRecorder.tellingLimit
            }
        }
    }

    /// - Parameters:
    ///   - trace: of the request.
    ///   - startInstant: of the request; spans are told relative to it.
    ///   - headReason: whether the request is sampled anyway.
    ///   - sampler: decides when the request is over.
    ///   - target: what its span tells of its address.
    package init(
        _ trace: TraceContext,
        startInstant: MonotonicTime,
        headReason: SamplingReason?,
        sampler: TraceSampler = TraceSampler(root: .never),
        target: RequestTarget = RequestTarget()
    ) {
        self.trace = trace
        self.startInstant = startInstant
        self.headReason = headReason
        self.sampler = sampler
        self.target = target
    }

    /// Of the request's own span.
    package var rootID: UInt64 { trace.spanID }

    /// A new identifier: unique in the trace, and without a system call for a random number each.
    func nextID() -> UInt64 {
        let step = identifiers.wrappingAdd(1, ordering: .relaxed).newValue
        return max(1, splitMix64(rootID &+ step &* splitMix64Step))
    }

    /// Headers by which another server goes on with the trace: `traceparent`, and `tracestate` if the caller sent one.
    /// - Parameter spanID: of the span that the other's is a child of.
    package func contextHeaders(of spanID: UInt64) -> [(name: String, value: String)] {
        let parent = trace.header(spanID: spanID, isSampled: headReason != nil)
        return [("traceparent", parent)] + (trace.state.map { [("tracestate", $0)] } ?? [])
    }

    /// The time on the request's own scale.
    package func time(of instant: MonotonicTime) -> Duration { instant - startInstant }

    /// Adds a span, unless there are too many or the request is over.
    package func add(_ span: TraceSpan) {
        state.withLock { state in
            guard !state.isClosed else {
                state.late?.instruments.countLate(state.late?.reason)
                return
            }
            guard state.spans.count < Self.limit || state.takeRoom(for: span, slow: sampler.slow) else {
                state.dropped += 1
                return
            }
            if state.spans.isEmpty { state.spans.reserveCapacity(4) }
            state.spans.append(span)
        }
    }

    /// Adds a span that is a direct child of the request's.
    package func add(
        _ work: SpanWork,
        _ outcome: SpanOutcome = .ok,
        from start: MonotonicTime,
        to end: MonotonicTime = .now
    ) {
        add(
            TraceSpan(
                id: nextID(),
                parentID: rootID,
                work: work,
                outcome: outcome,
                start: time(of: start),
                end: time(of: end)
            )
        )
    }

    /// Ends recording.
    /// - Parameters:
    ///   - instruments: count the spans that end later still.
    ///   - reason: why the spans are kept; nil if they are not.
    /// - Returns: the spans in the order of their ends, and how many found no room.
    package func close(
        countingLate instruments: TraceInstruments? = nil,
        _ reason: SamplingReason? = nil
    ) -> (spans: [TraceSpan], dropped: Int) {
        state.withLock { state in
            state.isClosed = true
            state.late = instruments.map { (instruments: $0, reason: reason) }
            let spans = state.spans
            state.spans = []
            return (spans, state.dropped)
        }
    }
}

/// What the span of a request tells of its address; taken as it came, and cut when it leaves the process.
package struct RequestTarget: Sendable {
    /// Without the query, which may hold secrets.
    package var path: Substring
    package var scheme: String
    /// The `Host` header.
    package var authority: String?

    package init(path: Substring = "", scheme: String = "http", authority: String? = nil) {
        self.path = path
        self.scheme = scheme
        self.authority = authority
    }
}
