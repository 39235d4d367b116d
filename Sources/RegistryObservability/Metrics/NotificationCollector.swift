//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What is measured of events that are posted to others, by endpoint; nothing without endpoints.
package struct NotificationCollector: Collector {
    private let instruments: NotificationInstruments

    package init(_ instruments: NotificationInstruments) { self.instruments = instruments }

    private static let endpoint = MetricDescription.Label("endpoint", .open("the endpoint's name in the configuration"))

    // MARK: Distribution's

    private static let events = MetricDescription(
        "registry_notifications_events_total",
        .counter,
        "Events for an endpoint, and attempts that were taken (Successes), refused (Failures) or not answered (Errors).",
        labels: [.init("type", .closed(NotificationEvent.allCases.map(\.rawValue))), endpoint],
        origin: .distribution,
        isZeroInitialised: true
    )
    private static let pending = MetricDescription(
        "registry_notifications_pending_total",
        .gauge,
        "Events that wait for an endpoint.",
        labels: [endpoint],
        origin: .distribution,
        isZeroInitialised: true
    )
    private static let statuses = MetricDescription(
        "registry_notifications_status_total",
        .counter,
        "Answers of an endpoint by their status.",
        labels: [.init("code", .open("status and reason, as in 200 OK; other beyond 32 of them")), endpoint],
        origin: .distribution
    )

    // MARK: GitLab's

    private static let errors = MetricDescription(
        "registry_notifications_errors_total",
        .counter,
        "Requests to an endpoint that were not answered, counted by event.",
        labels: [endpoint],
        origin: .gitlab,
        isZeroInitialised: true
    )
    private static let deliveries = MetricDescription(
        "registry_notifications_delivery_total",
        .counter,
        "Events by what has become of them in the end.",
        labels: [.init("delivery_type", .closed(DeliveryResult.allCases.map(\.rawValue))), endpoint],
        origin: .gitlab,
        isZeroInitialised: true
    )
    private static let retries = MetricDescription(
        "registry_notifications_retries_count",
        .histogram,
        "Attempts beyond the first of each event that has arrived or was given up.",
        labels: [endpoint],
        buckets: .attempts,
        origin: .gitlab
    )
    private static let httpLatency = MetricDescription(
        "registry_notifications_http_latency_seconds",
        .histogram,
        "Time of a request to an endpoint.",
        labels: [endpoint],
        buckets: .stage,
        origin: .gitlab
    )
    private static let totalLatency = MetricDescription(
        "registry_notifications_total_latency_seconds",
        .histogram,
        "Time from what an event tells of to its arrival.",
        labels: [endpoint],
        buckets: .waiting,
        origin: .gitlab
    )

    // MARK: Ours

    private static let bytes = MetricDescription(
        "registry_notifications_queue_bytes",
        .gauge,
        "Bytes of the events that wait for an endpoint.",
        labels: [endpoint],
        isZeroInitialised: true
    )
    private static let age = MetricDescription(
        "registry_notifications_oldest_age_seconds",
        .gauge,
        "Age of the oldest event that waits for an endpoint; 0 if none does.",
        labels: [endpoint],
        isZeroInitialised: true
    )
    private static let breaker = MetricDescription(
        "registry_notifications_breaker_state",
        .gauge,
        "1 for the state of an endpoint's circuit breaker.",
        labels: [.init("state", .closed(BreakerState.allCases.map(\.rawValue))), endpoint],
        isZeroInitialised: true
    )
    private static let dropped = MetricDescription(
        "registry_notifications_dropped_total",
        .counter,
        "Events that were given up, by reason.",
        labels: [.init("reason", .closed(NotificationLoss.allCases.map(\.rawValue))), endpoint],
        isZeroInitialised: true
    )
    private static let deadLetters = MetricDescription(
        "registry_notifications_dead_letters",
        .gauge,
        "Events that were given up and are kept for a command to send them again or drop them.",
        labels: [endpoint],
        isZeroInitialised: true
    )
    private static let droppedDeadLetters = MetricDescription(
        "registry_notifications_dead_letters_dropped_total",
        .counter,
        "Dead letters that are gone for good, by the bound that they were beyond.",
        labels: [.init("reason", .closed(DeadLetterLoss.allCases.map(\.rawValue))), endpoint],
        isZeroInitialised: true
    )

    static let descriptions = [
        events, pending, statuses, errors, deliveries, retries, httpLatency, totalLatency, bytes, age, breaker, dropped,
        deadLetters, droppedDeadLetters,
    ]

    package func collect(into writer: inout ExpositionWriter) {
        let endpoints = instruments.endpoints.map { ($0, ExpositionWriter.label("endpoint", $0.name)) }
        guard !endpoints.isEmpty else { return }
        writer.family(Self.events)
        for (endpoint, label) in endpoints {
            for type in NotificationEvent.allCases {
                writer.sample(labels: "type=\"\(type.rawValue)\",\(label)", endpoint.events[type].value)
            }
        }
        singles(Self.pending, endpoints, to: &writer) { $0.pending.value }
        writeStatuses(endpoints, to: &writer)
        singles(Self.errors, endpoints, to: &writer) { $0.events[.errors].value }
        writer.family(Self.deliveries)
        for (endpoint, label) in endpoints {
            for result in DeliveryResult.allCases {
                let labels = "delivery_type=\"\(result.rawValue)\",\(label)"
                writer.sample(labels: labels, endpoint.deliveries[result].value)
            }
        }
        histograms(Self.retries, endpoints, to: &writer) { $0.retries }
        histograms(Self.httpLatency, endpoints, to: &writer) { $0.httpLatency }
        histograms(Self.totalLatency, endpoints, to: &writer) { $0.totalLatency }
        singles(Self.bytes, endpoints, to: &writer) { $0.bytes.value }
        writeAges(endpoints, to: &writer)
        writer.family(Self.breaker)
        for (endpoint, label) in endpoints {
            for state in BreakerState.allCases {
                writer.sample(labels: "state=\"\(state.rawValue)\",\(label)", endpoint.breaker[state].value)
            }
        }
        writer.family(Self.dropped)
        for (endpoint, label) in endpoints {
            for reason in NotificationLoss.allCases {
                writer.sample(labels: "reason=\"\(reason.rawValue)\",\(label)", endpoint.dropped[reason].value)
            }
        }
        singles(Self.deadLetters, endpoints, to: &writer) { $0.deadLetters.value }
        writer.family(Self.droppedDeadLetters)
        for (endpoint, label) in endpoints {
            for reason in DeadLetterLoss.allCases {
                let labels = "reason=\"\(reason.rawValue)\",\(label)"
                writer.sample(labels: labels, endpoint.droppedDeadLetters[reason].value)
            }
        }
    }

    private typealias Endpoints = [(EndpointInstruments, String)]

    private func singles(
        _ description: MetricDescription,
        _ endpoints: Endpoints,
        to writer: inout ExpositionWriter,
        _ value: (EndpointInstruments) -> Int64
    ) {
        writer.family(description)
        for (endpoint, label) in endpoints { writer.sample(labels: label, value(endpoint)) }
    }

    private func histograms(
        _ description: MetricDescription,
        _ endpoints: Endpoints,
        to writer: inout ExpositionWriter,
        _ histogram: (EndpointInstruments) -> Histogram
    ) {
        writer.family(description)
        for (endpoint, label) in endpoints {
            let histogram = histogram(endpoint)
            let bounds = ExpositionWriter.bounds(of: histogram.buckets, writer.format)
            writer.histogram(histogram, labels: label, bounds: bounds)
        }
    }

    private func writeStatuses(_ endpoints: Endpoints, to writer: inout ExpositionWriter) {
        let answers = endpoints.map { ($0.0.answers, $0.1) }
        guard answers.contains(where: { !$0.0.isEmpty }) else { return }
        writer.family(Self.statuses)
        for (answers, label) in answers {
            for (status, count) in answers {
                let code = ExpositionWriter.label("code", StatusText.text(status))
                writer.sample(labels: "\(code),\(label)", count)
            }
        }
    }

    private func writeAges(_ endpoints: Endpoints, to writer: inout ExpositionWriter) {
        let now = WallTime.now.microseconds
        writer.family(Self.age)
        for (endpoint, label) in endpoints {
            let oldest = endpoint.oldest.value
            writer.sample(labels: label, oldest == 0 ? 0 : Double(max(0, now - oldest)) / 1_000_000)
        }
    }
}

/// Statuses as Go's client names them, which distribution's metric has.
enum StatusText {
    static func text(_ status: Int) -> String {
        guard status != 0 else { return "other" }
        return reasons[status].map { "\(status) \($0)" } ?? String(status)
    }

    /// Source: RFC 9110 §15, RFC 6585.
    private static let reasons = [
        200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
        205: "Reset Content", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other",
        304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
        409: "Conflict", 410: "Gone", 411: "Length Required", 413: "Content Too Large", 415: "Unsupported Media Type",
        422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}
