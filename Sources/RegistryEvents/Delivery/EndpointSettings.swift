//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// Where events go, in which form, and how hard it is tried.
package struct EndpointSettings: Sendable, Equatable {
    /// In metrics, in the outbox, and for people.
    package var name: String
    package var address: String
    /// What every request carries; may well be secrets.
    package var headers: [Header]
    package var form: EventForm
    /// For one request; above 0.
    package var timeout: Duration
    package var batch: Batch
    /// Requests at the same time at most; above 0.
    package var parallel: Int
    package var retries: Retries
    package var queue: QueueBounds
    package var deadLetters: DeadLetterBounds

    package init(
        name: String,
        address: String,
        headers: [Header] = [],
        form: EventForm = .distribution,
        timeout: Duration = .seconds(1),
        batch: Batch = Batch(),
        parallel: Int = 4,
        retries: Retries = Retries(),
        queue: QueueBounds = QueueBounds(),
        deadLetters: DeadLetterBounds = DeadLetterBounds()
    ) {
        self.name = name
        self.address = address
        self.headers = headers
        self.form = form
        self.timeout = timeout
        self.batch = batch
        self.parallel = parallel
        self.retries = retries
        self.queue = queue
        self.deadLetters = deadLetters
    }

    /// Without the query, which may hold a secret.
    package var shownAddress: String { String(address.withoutQuery) }

    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What one request takes.
    package struct Batch: Sendable, Equatable {
        /// Events at most; above 0.
        package var size: Int
        /// How long fewer wait for more.
        package var wait: Duration

        package init(size: Int = 1, wait: Duration = .zero) {
            self.size = size
            self.wait = wait
        }
    }

    /// What is done where an endpoint does not take events.
    package struct Retries: Sendable, Equatable {
        /// Failures in a row that open the circuit breaker; above 0.
        package var threshold: Int
        /// The first pause of the circuit breaker, and the least; above 0.
        package var backoff: Duration
        /// Further attempts at an event; nil for as many as it takes.
        package var maximum: Int?

        package init(threshold: Int = 10, backoff: Duration = .seconds(1), maximum: Int? = nil) {
            self.threshold = threshold
            self.backoff = backoff
            self.maximum = maximum
        }
    }

    /// What the queue may hold; nil for no bound.
    package struct QueueBounds: Sendable, Equatable {
        package var count: Int64?
        package var bytes: Int64?
        package var age: Duration?

        package init(count: Int64? = nil, bytes: Int64? = nil, age: Duration? = nil) {
            self.count = count
            self.bytes = bytes
            self.age = age
        }
    }

    /// What is kept of events that were given up; nil for no bound.
    package struct DeadLetterBounds: Sendable, Equatable {
        package var count: Int64?
        /// Since they were given up.
        package var age: Duration?

        package init(count: Int64? = nil, age: Duration? = nil) {
            self.count = count
            self.age = age
        }
    }
}

/// The form in which events are posted.
package enum EventForm: String, Sendable, CaseIterable {
    /// Distribution's envelope.
    case distribution
    /// CloudEvents 1.0, structured: attributes and data in one JSON object, or a list of these.
    case cloudEvents = "cloudevents"
    /// CloudEvents 1.0, binary: attributes in headers, one event a request.
    case cloudEventsBinary = "cloudevents-binary"
}
