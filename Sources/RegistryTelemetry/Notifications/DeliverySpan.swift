//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A request that has taken an event to an endpoint, as part of the trace of the request that caused the event.
package struct DeliverySpan: Sendable {
    /// Of the request that caused the event, with its span.
    package let cause: TraceContext.Link
    package let id: UInt64
    /// Without query.
    package let address: String
    package let endpoint: String
    package let event: String
    package let repository: String
    package let attempt: Int
    /// Events in the request.
    package let batch: Int
    /// Nil if it was not answered.
    package let status: Int?
    /// Why it came to nothing; nil if it arrived.
    package let failure: String?
    /// Microseconds since 1970.
    package let start: Int64
    package let duration: Duration

    package init(
        cause: TraceContext.Link,
        id: UInt64,
        address: String,
        endpoint: String,
        event: String,
        repository: String,
        attempt: Int,
        batch: Int,
        status: Int?,
        failure: String?,
        start: Int64,
        duration: Duration
    ) {
        self.cause = cause
        self.id = id
        self.address = address
        self.endpoint = endpoint
        self.event = event
        self.repository = repository
        self.attempt = attempt
        self.batch = batch
        self.status = status
        self.failure = failure
        self.start = start
        self.duration = duration
    }
}

extension TraceContext {
    /// The request's span as a text that ``Link`` reads: its `traceparent`, why the trace is kept, and its `tracestate`, as
    /// far as there are any: `<traceparent>;<reason> <tracestate>`.
    /// - Parameter reason: what is known of it now.
    package func linkText(_ reason: SamplingReason?) -> String {
        header(isSampled: reason != nil) + (reason.map { ";\($0.rawValue)" } ?? "") + (state.map { " \($0)" } ?? "")
    }

    /// A span of another time.
    package struct Link: Sendable, Equatable {
        package let traceID: WideID
        package let spanID: UInt64
        /// Why the trace is kept, as far as it was known; nil if it was not to be kept.
        package let reason: SamplingReason?
        /// `traceparent` of the span itself.
        package let traceparent: String
        /// Of the caller, untouched; nil if there was none.
        package let state: String?

        /// Reads what ``TraceContext/linkText(_:)`` writes.
        /// - Returns: nil for what does not begin with a `traceparent`.
        package init?(_ text: String) {
            let words = text.split(separator: " ", maxSplits: 1)
            let span = words.first?.split(separator: ";", maxSplits: 1) ?? []
            guard let first = span.first.map(String.init), let parts = TraceContext.parse(first) else { return nil }
            self.traceID = parts.trace
            self.spanID = parts.span
            // What an earlier server has kept does not say why.
            let reason = span.dropFirst().first.flatMap { SamplingReason(rawValue: String($0)) } ?? .parent
            self.reason = parts.flags & 1 == 1 ? reason : nil
            self.traceparent = first
            self.state = words.dropFirst().first.map(String.init)
        }

        package var isSampled: Bool { reason != nil }

        /// Headers by which another server goes on with the trace: `traceparent`, and `tracestate` if there is one.
        /// - Parameter spanID: of a child of this span, whose child the other's is.
        package func headers(spanID: UInt64) -> [(name: String, value: String)] {
            let parent = TraceContext.header(traceID: traceID, spanID: spanID, isSampled: isSampled)
            return [("traceparent", parent)] + (state.map { [("tracestate", $0)] } ?? [])
        }
    }
}
