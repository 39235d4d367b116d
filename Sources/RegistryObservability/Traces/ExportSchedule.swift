//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// When to send to a collector, when to send again, and when to give up.
///
/// A pure state machine: times are told to it, on any one scale.
///
/// Source: OpenTelemetry protocol specification, "OTLP/HTTP Response" and "OTLP/HTTP Throttling".
struct ExportSchedule: Sendable {
    /// For a batch with all its attempts.
    let timeout: Duration
    /// What one more attempt must wait for at least.
    private(set) var notBefore: Duration = .zero
    /// Attempts since the last that got an answer to the point.
    private var failures = 0
    private var deadline: Duration = .zero

    /// Before the first further attempt; doubled for each one after it.
    static let firstDelay = Duration.seconds(1)
    static let longestDelay = Duration.seconds(5)
    /// A collector that asks for more has something wrong with its clock.
    static let longestRetryAfter = Duration.seconds(300)

    init(timeout: Duration) { self.timeout = timeout }

    /// What came of an attempt.
    enum Outcome: Sendable, Equatable {
        /// Delivered, but for so many spans that the collector did not want.
        case delivered(rejected: Int, message: String)
        /// Not now: 429, 502, 503 or 504.
        case unavailable(status: Int, retryAfter: Duration?)
        /// Never: any other status.
        case refused(status: Int, message: String)
        /// No answer.
        case unreachable(cause: String)
    }

    enum Action: Sendable, Equatable {
        case done
        /// Send again at this time.
        case retry(at: Duration)
        case giveUp(SpanLoss)
    }

    /// Begins a batch.
    /// - Returns: when to send it.
    mutating func begin(at now: Duration) -> Duration {
        deadline = max(now, notBefore) + timeout
        return max(now, notBefore)
    }

    /// Takes in what came of an attempt.
    /// - Parameter jitter: random, 0 to 1, so that not all servers come back at the same moment.
    mutating func next(_ outcome: Outcome, at now: Duration, jitter: Double) -> Action {
        let wished: Duration
        switch outcome {
        case .delivered:
            failures = 0
            notBefore = .zero
            return .done
        case .refused:
            // It will not take these; it may take others.
            failures = 0
            notBefore = .zero
            return .giveUp(.rejected)
        case .unavailable(_, let retryAfter): wished = min(retryAfter ?? .zero, Self.longestRetryAfter)
        case .unreachable: wished = .zero
        }
        let base = min(Self.firstDelay * Double(1 << min(failures, 10)), Self.longestDelay)
        failures += 1
        notBefore = now + max(wished, base * (0.5 + jitter / 2))
        return notBefore <= deadline ? .retry(at: notBefore) : .giveUp(.exportFailed)
    }
}
