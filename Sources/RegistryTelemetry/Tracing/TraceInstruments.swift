//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The metrics of tracing itself.
package final class TraceInstruments: Sendable {
    /// Spans that were begun, kept or not.
    package let started = Counter()
    /// Spans of traces that are kept, by the reason for it.
    package let sampled = Labelled(SamplingReason.self) { _ in Counter() }
    /// Spans that arrived where they were to go.
    package let exported = Labelled(TraceDestination.self) { _ in Counter() }
    /// Spans that were to be kept and are lost.
    package let dropped = Labelled(SpanLoss.self) { _ in Counter() }

    init() {}

    /// Counts a span that ended when its request was over.
    /// - Parameter reason: why those of the request are kept; nil if they are not.
    func countLate(_ reason: SamplingReason?) {
        started.add()
        guard let reason else { return }
        sampled[reason].add()
        dropped[.spanLimit].add()
    }

    var families: [MetricFamily] {
        [
            MetricFamily("registry_trace_spans_started_total", "Spans begun.", started),
            MetricFamily(
                "registry_trace_spans_sampled_total",
                "Spans of traces that are kept, by the reason for it.",
                labels: ["reason"],
                sampled
            ),
            MetricFamily(
                "registry_trace_spans_exported_total",
                "Spans that arrived at their destination.",
                labels: ["destination"],
                exported
            ),
            MetricFamily(
                "registry_trace_spans_dropped_total",
                "Spans lost, by the cause of it.",
                labels: ["reason"],
                dropped,
                isZeroInitialised: true
            ),
        ]
    }
}

/// Where spans go, as metric label `destination`.
package enum TraceDestination: String, Sendable, CaseIterable {
    /// A collector, by OTLP over HTTP.
    case otlp
    /// The file of traces.
    case file
}

/// Why spans are lost, as metric label `reason`.
package enum SpanLoss: String, Sendable, CaseIterable {
    /// The request had more than are recorded, or they ended when it was over.
    case spanLimit = "span_limit"
    /// The collector was too slow for as many.
    case queueFull = "queue_full"
    /// The collector could not be reached, or had no time for them, for too long.
    case exportFailed = "export_failed"
    /// The collector refused them.
    case rejected
    /// The collector took the rest, and refused these.
    case partialSuccess = "partial_success"
    /// The server ended before they were sent.
    case shutdown
    /// The disk was too slow for as many.
    case fileQueueFull = "file_queue_full"
    /// They could not be written to the file.
    case fileFailed = "file_failed"
}
