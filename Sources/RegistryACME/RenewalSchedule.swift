//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// When a certificate is ordered: pure, so that tests drive it without waiting.
struct RenewalSchedule: Sendable, Equatable {
    /// When the next order is due.
    private(set) var due: WallTime
    /// Orders in a row that failed.
    private(set) var failures = 0
    /// When the certificate in use ends; nil without one.
    private(set) var notAfter: WallTime?
    /// How long it counts, from its beginning to its end.
    private var lifetime: Duration?

    /// The last third of its life is for renewing a certificate, and 30 days at most, as with autocert.
    static let longestRenewal = Duration.seconds(30 * 86_400)
    /// Servers that got their certificates together do not come back together.
    static let longestJitter = Duration.seconds(3600)

    /// A server that cannot be reached costs nobody anything.
    private static let unreachable = (first: Duration.seconds(5), longest: Duration.seconds(600))
    /// Let's Encrypt allows five validations that fail for a name and account within an hour.
    private static let refused = (first: Duration.seconds(600), longest: Duration.seconds(6 * 3600))
    /// However often orders fail, so many fit into the time that a certificate has left.
    private static let leastAttempts = 4

    /// No certificate is there yet.
    init(now: WallTime) { due = now }

    /// A certificate is in use.
    /// - Parameter jitter: random, 0 to 1.
    mutating func holds(from notBefore: WallTime, to notAfter: WallTime, jitter: Double) {
        let lifetime = notBefore.duration(to: notAfter)
        let renewal = min(lifetime / 3, Self.longestRenewal)
        let slack = min(renewal / 10, Self.longestJitter) * jitter
        due = notAfter.advanced(by: slack - renewal)
        failures = 0
        self.lifetime = lifetime
        self.notAfter = notAfter
    }

    /// An order failed.
    /// - Parameters:
    ///   - retryAfter: how long the server wants to be left alone.
    ///   - jitter: random, 0 to 1.
    mutating func failed(_ result: CertificateOrderResult, retryAfter: Duration?, now: WallTime, jitter: Double) {
        let bounds = result == .unreachable ? Self.unreachable : Self.refused
        var delay = min(bounds.first * Double(1 << min(failures, 20)), bounds.longest)
        if let lifetime { delay = min(delay, lifetime / (3 * Self.leastAttempts)) }
        failures += 1
        due = now.advanced(by: max(delay * (0.75 + jitter / 4), retryAfter ?? .zero))
    }
}

extension WallTime {
    func duration(to other: WallTime) -> Duration { .microseconds(other.microseconds - microseconds) }

    func advanced(by duration: Duration) -> WallTime {
        let (seconds, attoseconds) = duration.components
        return WallTime(microseconds: microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
