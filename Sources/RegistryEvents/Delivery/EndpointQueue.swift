//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryTelemetry

/// What is to be done next for an endpoint: to read events, to send some, or to wait.
///
/// A pure state machine: times are told to it, on any one scale, and what is done is told back to it.
struct EndpointQueue {
    let settings: EndpointSettings
    private(set) var breaker: CircuitBreaker
    private var window: DeliveryWindow
    /// Whether there may be events behind those that were looked at.
    private var hasMore = true
    private var isReading = false
    /// No reading before.
    private var nextReading: Duration = .zero
    private var requests = 0
    private var isStopping = false

    /// Time in which gathers what comes one by one, behind the first, and what is to be taken out of the queue.
    static let gathering = Duration.milliseconds(100)
    /// Between readings where the ledger cannot be read.
    static let readingPause = Duration.seconds(1)
    /// Of a batch's events, together.
    static let maximumBatchBytes = 1 << 20
    /// Before the first further attempt at an event, as a part of the breaker's pause.
    static let firstRetry = 0.25
    /// Before any further attempt, unless the breaker's pause is longer.
    static let longestRetry = Duration.seconds(10)

    init(_ settings: EndpointSettings, _ limits: DeliveryWindow.Limits = .init()) {
        self.settings = settings
        self.breaker = CircuitBreaker(threshold: settings.retries.threshold, backoff: settings.retries.backoff)
        self.window = DeliveryWindow(limits)
    }

    enum Step {
        case read(DeliveryWindow.Reading)
        case send(DeliveryWindow.Batch)
        /// Until this time, or until there is something new; nil for no time.
        case wait(until: Duration?)
        /// Nothing is to be done any more.
        case end
    }

    /// Bytes of bodies in memory.
    var bytes: Int { window.bytes }

    // MARK: What is next

    mutating func next(at now: Duration) -> Step {
        guard !isStopping else { return requests == 0 ? .end : .wait(until: nil) }
        var times: [Duration] = []
        if requests < settings.parallel, let time = window.nextTime(settings.batch, at: now) {
            switch breaker.permission(at: now) {
            case .denied(let until): times.append(contentsOf: until.map { [max($0, time)] } ?? [])
            case .granted:
                if let batch = window.take(settings.batch, maximumBytes: Self.maximumBatchBytes, at: now) {
                    breaker.begin()
                    requests += 1
                    return .send(batch)
                }
                times.append(time)
            }
        }
        // Where nothing can be sent, more would only take memory.
        if !isReading, breaker.state == .closed || window.isEmpty, let reading = window.reading(hasMore: hasMore) {
            guard nextReading > now else {
                isReading = true
                // What comes from now on may not be in it, and is told by `arrive`.
                if reading.isFrontier { hasMore = false }
                return .read(reading)
            }
            times.append(nextReading)
        }
        return .wait(until: times.min())
    }

    // MARK: What has happened

    /// Events have come.
    mutating func arrive() { hasMore = true }

    mutating func finish(_ reading: DeliveryWindow.Reading, _ items: [OutboxItem], at now: Duration) {
        isReading = false
        window.add(items, reading, at: now)
        guard reading.isFrontier else { return }
        let size = items.reduce(0) { $0 + $1.entry.body.utf8.count }
        if items.count >= reading.limit || size >= reading.bytes {
            hasMore = true
        } else {
            nextReading = now + Self.gathering
        }
    }

    mutating func failReading(at now: Duration) {
        isReading = false
        hasMore = true
        nextReading = now + Self.readingPause
    }

    /// What has come of a request.
    struct Verdict {
        /// To be taken out of the queue.
        var outcomes: [OutboxOutcome] = []
        var change: CircuitBreaker.Change?
    }

    /// - Parameter jitter: two random numbers, 0 to 1.
    mutating func finish(
        _ batch: DeliveryWindow.Batch,
        _ answer: EndpointAnswer,
        at now: Duration,
        jitter: (Double, Double)
    ) -> Verdict {
        requests -= 1
        guard let failure = answer.failure else {
            window.remove(batch, at: now)
            return Verdict(
                outcomes: batch.items.map { OutboxOutcome($0.position, .delivered) },
                change: breaker.succeed()
            )
        }
        let change = breaker.fail(at: now, retryAfter: answer.retryAfter, jitter: jitter.0)
        // An endpoint that asks to be left alone has said nothing about the event.
        if answer.retryAfter == nil, let maximum = settings.retries.maximum, batch.attempts >= maximum,
            batch.items.count == 1
        {
            window.remove(batch, at: now)
            let dead = OutboxOutcome.Result.dead(
                reason: NotificationLoss.retries.rawValue,
                detail: failure,
                attempts: batch.attempts + 1
            )
            return Verdict(outcomes: batch.items.map { OutboxOutcome($0.position, dead) }, change: change)
        }
        let delay = Backoff.delay(
            after: batch.attempts + 1,
            first: settings.retries.backoff * Self.firstRetry,
            longest: max(Self.longestRetry, settings.retries.backoff),
            jitter: jitter.1
        )
        // Where events have a number of attempts, one must not lose its own to the company it was in.
        let isJudged = answer.retryAfter == nil && (answer.status != nil || settings.retries.maximum != nil)
        window.putBack(batch, until: now + delay, isCounted: answer.retryAfter == nil, isJudged: isJudged, at: now)
        return Verdict(change: change)
    }

    /// A request was broken off by the end of the work: the events stay where they are.
    mutating func abandon(_ batch: DeliveryWindow.Batch, at now: Duration) {
        requests -= 1
        breaker.abandon()
        window.release(batch, at: now)
    }

    /// Events are no longer in the queue.
    mutating func discard(at now: Duration, where isGone: (OutboxItem) -> Bool) {
        window.discard(at: now, where: isGone)
    }

    /// Sends nothing any more.
    mutating func stop() { isStopping = true }
}

/// What an endpoint said to a request.
struct EndpointAnswer: Sendable, Equatable {
    /// Nil if there was none.
    var status: Int?
    /// Why the events have not arrived, for the operator; nil if they have.
    var failure: String?
    /// How long to wait, where it says so.
    var retryAfter: Duration?

    init(status: Int?, failure: String? = nil, retryAfter: Duration? = nil) {
        self.status = status
        self.failure = failure
        self.retryAfter = retryAfter
    }
}
