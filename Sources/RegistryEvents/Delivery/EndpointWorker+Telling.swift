//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryTelemetry

// What is seen of a delivery: metrics, events and spans.

extension EndpointWorker {
    func count(_ answer: EndpointAnswer, _ entries: [OutboxEntry], _ took: Duration) {
        instruments.httpLatency.record(took)
        if let status = answer.status { instruments.count(status: status) }
        let kind: NotificationEvent = answer.failure == nil ? .successes : answer.status == nil ? .errors : .failures
        instruments.events[kind].add(Int64(entries.count))
    }

    func record(_ outcomes: [OutboxOutcome], _ batch: DeliveryWindow.Batch) {
        guard !outcomes.isEmpty else { return }
        let time = WallTime.now.microseconds
        for (outcome, item) in zip(outcomes, batch.items) {
            instruments.retries.record(Int64(batch.attempts))
            switch outcome.result {
            case .delivered:
                instruments.deliveries[.delivered].add()
                instruments.totalLatency.record(.microseconds(max(0, time - item.entry.time)))
            case .dead: lose(1, .retries)
            }
        }
    }

    func note(
        _ change: CircuitBreaker.Change?,
        _ answer: EndpointAnswer,
        _ breaker: CircuitBreaker,
        stuckSince: ContinuousClock.Instant?
    ) {
        switch change {
        case nil: break
        case .opened:
            context.observer.note(
                ServerEvent(
                    .endpointStuck,
                    [
                        .init(.endpoint, .text(name)), .init(.cause, .text(answer.failure ?? "")),
                        .init(.attempts, .number(Int64(breaker.failures))),
                    ]
                )
            )
        case .closed:
            let took = stuckSince.map { ContinuousClock.now - $0 } ?? .zero
            let fields: [ServerEvent.Field] = [
                .init(.endpoint, .text(name)), .init(.took, .number(took.microseconds)),
            ]
            context.observer.note(ServerEvent(.endpointRecovered, fields))
        }
    }

    /// A span in the trace of each request whose event this was, if that trace is kept.
    func tell(
        _ answer: EndpointAnswer,
        _ batch: DeliveryWindow.Batch,
        _ spanID: UInt64,
        _ start: WallTime,
        _ took: Duration
    ) {
        var generator = context.identifiers.generator
        var isFirst = true
        for item in batch.items {
            guard let cause = context.link(item.entry) else { continue }
            // The endpoint was told of the first.
            let id = isFirst ? spanID : UInt64.random(in: 1...UInt64.max, using: &generator)
            isFirst = false
            guard cause.isSampled else { continue }
            context.spans(
                DeliverySpan(
                    cause: cause,
                    id: id,
                    address: plan.settings.shownAddress,
                    endpoint: name,
                    event: item.entry.id,
                    repository: item.entry.repository,
                    attempt: batch.attempts + 1,
                    batch: batch.items.count,
                    status: answer.status,
                    failure: answer.failure,
                    start: start.microseconds,
                    duration: took
                )
            )
        }
    }
}
