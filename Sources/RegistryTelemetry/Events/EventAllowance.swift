//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How often an event may be told of: some at once, then one each interval.
package struct EventAllowance: Sendable {
    private let burst: Int
    private let interval: Duration
    private var left: Int
    private var lastRefill: MonotonicTime
    private var suppressed: Int64 = 0

    /// - Parameters:
    ///   - burst: how many at once, at least 1.
    ///   - interval: the time after which there may be one more.
    package init(burst: Int, interval: Duration, now: MonotonicTime = .now) {
        self.burst = burst
        self.interval = interval
        self.left = burst
        self.lastRefill = now
    }

    /// Asks for one.
    /// - Returns: how many were refused since the last that was granted; nil if this one is refused too.
    package mutating func take(_ now: MonotonicTime) -> Int64? {
        while left < burst, now - lastRefill >= interval {
            left += 1
            lastRefill += interval
        }
        guard left > 0 else {
            suppressed += 1
            return nil
        }
        if left == burst { lastRefill = now }
        left -= 1
        defer { suppressed = 0 }
        return suppressed
    }
}
