//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// When certificates are read again, and when their end is told: pure, so that tests drive it without waiting.
struct CertificateState<Stamp: Equatable & Sendable>: Sendable {
    /// The end is told from then on.
    static var warning: Duration { .seconds(30 * 86_400) }
    /// And not more often than that.
    static var pause: Duration { .seconds(86_400) }

    /// The files when they were read last, whether or not they were any good.
    private var attempted: [Stamp]
    /// The files when they were looked at last.
    private var seen: [Stamp]
    private var warned: WallTime?

    init(_ stamps: [Stamp]) {
        self.attempted = stamps
        self.seen = stamps
    }

    /// The files are being read.
    mutating func reads(_ stamps: [Stamp]) {
        attempted = stamps
        warned = nil
    }

    /// Whether they should be read now.
    ///
    /// Not at the first look that finds them changed: who renews a certificate writes it and its key one after the
    /// other.
    mutating func shouldRead(_ stamps: [Stamp]) -> Bool {
        defer { seen = stamps }
        return stamps != attempted && stamps == seen
    }

    /// Whether the end of the certificate should be told now.
    mutating func shouldWarn(notAfter: WallTime, now: WallTime) -> Bool {
        guard notAfter.microseconds - now.microseconds <= Self.warning.microseconds else { return false }
        if let warned, now.microseconds - warned.microseconds < Self.pause.microseconds { return false }
        warned = now
        return true
    }
}

extension Duration {
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
