//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Whether an endpoint is to be asked at all: after too many failures in a row it is left alone for a while, and then
/// asked once.
///
/// A pure state machine: times are told to it, on any one scale.
struct CircuitBreaker: Sendable, Equatable {
    /// Failures in a row that open it.
    let threshold: Int
    /// The least pause.
    let backoff: Duration
    private(set) var state = BreakerState.closed
    /// Failures in a row.
    private(set) var failures = 0
    /// Pauses in a row.
    private var pauses = 0
    /// No request before.
    private(set) var notBefore: Duration?
    private var isProbing = false

    /// The longest pause, unless the least is longer.
    static let longestPause = Duration.seconds(60)
    /// An endpoint that asks for more has something wrong with its clock.
    static let longestRetryAfter = Duration.seconds(3600)

    init(threshold: Int, backoff: Duration) {
        self.threshold = threshold
        self.backoff = backoff
    }

    enum Permission: Equatable {
        case granted
        /// Not before this time; nil if an answer must come first.
        case denied(until: Duration?)
    }

    /// Whether a request may be made; the one that a breaker half open lets through is to be made.
    mutating func permission(at now: Duration) -> Permission {
        if let notBefore {
            guard now >= notBefore else { return .denied(until: notBefore) }
            self.notBefore = nil
            if state == .open { state = .halfOpen }
        }
        guard state == .halfOpen else { return .granted }
        return isProbing ? .denied(until: nil) : .granted
    }

    /// A request is being made.
    mutating func begin() { if state == .halfOpen { isProbing = true } }

    enum Change: Equatable {
        case opened, closed
    }

    /// The endpoint has taken a request.
    mutating func succeed() -> Change? {
        let wasClosed = state == .closed
        failures = 0
        pauses = 0
        isProbing = false
        notBefore = nil
        state = .closed
        return wasClosed ? nil : .closed
    }

    /// The endpoint has not taken a request.
    /// - Parameters:
    ///   - retryAfter: what it asks for.
    ///   - jitter: random, 0 to 1.
    /// - Returns: opened only when it was closed.
    mutating func fail(at now: Duration, retryAfter: Duration?, jitter: Double) -> Change? {
        failures += 1
        let wished = retryAfter.map { now + min($0, Self.longestRetryAfter) }
        let wasClosed = state == .closed
        if (wasClosed && failures >= threshold) || (state == .halfOpen && isProbing) {
            pauses += 1
            let delay = Backoff.delay(
                after: pauses,
                first: backoff * 2,
                longest: max(Self.longestPause, backoff),
                jitter: jitter
            )
            state = .open
            isProbing = false
            notBefore = now + max(backoff, delay)
        }
        if let wished { notBefore = max(notBefore ?? wished, wished) }
        return wasClosed && state == .open ? .opened : nil
    }

    /// A request was given up before it was known what came of it.
    mutating func abandon() { isProbing = false }
}
