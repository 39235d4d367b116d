//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// What is measured of the events that are posted to endpoints, one set for each endpoint of the configuration.
package final class NotificationInstruments: Sendable {
    private let state = Mutex<[EndpointInstruments]>([])

    package init() {}

    /// In the order of the configuration.
    package var endpoints: [EndpointInstruments] { state.withLock(\.self) }

    /// Those of an endpoint, made where there are none yet.
    package func endpoint(_ name: String) -> EndpointInstruments {
        state.withLock { endpoints in
            if let found = endpoints.first(where: { $0.name == name }) { return found }
            let made = EndpointInstruments(name)
            endpoints.append(made)
            return made
        }
    }

    /// Forgets those of endpoints that are gone.
    package func keep(_ names: [String]) {
        state.withLock { endpoints in endpoints.removeAll { !names.contains($0.name) } }
    }
}

/// What is measured of the events for one endpoint.
package final class EndpointInstruments: Sendable {
    package let name: String
    /// By distribution's words.
    package let events = Labelled(NotificationEvent.self) { _ in Counter() }
    package let deliveries = Labelled(DeliveryResult.self) { _ in Counter() }
    package let dropped = Labelled(NotificationLoss.self) { _ in Counter() }
    /// Attempts beyond the first of each event that has arrived or was given up.
    package let retries = Histogram(.attempts)
    /// One request.
    package let httpLatency = Histogram(.stage)
    /// From what an event tells of to its arrival.
    package let totalLatency = Histogram(.waiting)
    package let pending = Gauge()
    package let bytes = Gauge()
    package let deadLetters = Gauge()
    package let droppedDeadLetters = Labelled(DeadLetterLoss.self) { _ in Counter() }
    /// When the oldest event that waits came, in microseconds since 1970; 0 for none.
    package let oldest = Gauge()
    /// 1 for the state that it is in.
    package let breaker = Labelled(BreakerState.self) { $0 == .closed ? Gauge(1) : Gauge() }
    private let statuses = Mutex<[Int: Counter]>([:])

    /// Statuses that are told apart; a receiver cannot make series without end.
    package static let maximumStatuses = 32

    init(_ name: String) { self.name = name }

    /// Says how the circuit breaker stands.
    package func set(_ current: BreakerState) {
        for state in BreakerState.allCases { breaker[state].set(state == current ? 1 : 0) }
    }

    /// Counts an answer.
    package func count(status: Int) {
        let counter = statuses.withLock { statuses in
            let key = statuses[status] == nil && statuses.count >= Self.maximumStatuses ? 0 : status
            if let counter = statuses[key] { return counter }
            let counter = Counter()
            statuses[key] = counter
            return counter
        }
        counter.add()
    }

    /// Answers by status, in order; 0 for the rest.
    package var answers: [(status: Int, count: Int64)] {
        statuses.withLock { statuses in statuses.map { ($0.key, $0.value.value) } }.sorted { $0.0 < $1.0 }
    }
}

/// What has become of an event, as distribution's metric label `type`.
package enum NotificationEvent: String, Sendable, CaseIterable {
    /// Is for the endpoint.
    case events = "Events"
    /// Was taken.
    case successes = "Successes"
    /// Was answered with a status that says no.
    case failures = "Failures"
    /// Was not answered.
    case errors = "Errors"
}

/// What has become of an event in the end, as GitLab's metric label `delivery_type`.
package enum DeliveryResult: String, Sendable, CaseIterable {
    case delivered, lost
}

/// Why an event is given up, as metric label `reason`.
package enum NotificationLoss: String, Sendable, CaseIterable {
    /// The queue has as many events, or bytes, as it may have.
    case count, bytes
    /// It has waited too long.
    case age
    /// It was refused, or not answered, too often.
    case retries
    /// By command.
    case dropped
}

/// Why a dead letter is gone for good, as metric label `reason`.
package enum DeadLetterLoss: String, Sendable, CaseIterable {
    /// There are as many as there may be.
    case count
    /// It was kept for as long as one is.
    case age
}

/// How an endpoint's circuit breaker stands, as metric label `state`.
package enum BreakerState: String, Sendable, CaseIterable {
    /// Events are sent as they come.
    case closed
    /// Too many in a row have failed, and none is sent for a while.
    case open
    /// One is sent, to see whether it is taken.
    case halfOpen = "half_open"
}
