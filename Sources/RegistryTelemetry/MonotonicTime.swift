//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// A moment of the clock that never jumps; durations come from it.
///
/// It is the clock of `ContinuousClock`, which counts on while the machine sleeps. That clock's own `Instant` belongs to the
/// standard library, which does not promise its size: whatever contains one is laid out, copied and destroyed at run time,
/// by tables. Each request has a record and spans with such moments, so they have a type of known size.
package struct MonotonicTime: Sendable, Comparable {
    /// Since the machine started.
    private let nanoseconds: Int64

    /// The time now.
    package static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    private init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (lhs: MonotonicTime, rhs: MonotonicTime) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

    package static func - (lhs: MonotonicTime, rhs: MonotonicTime) -> Duration {
        .nanoseconds(lhs.nanoseconds - rhs.nanoseconds)
    }

    /// Durations of centuries, which somebody may have configured, end at the last moment that can be told.
    package static func + (lhs: MonotonicTime, rhs: Duration) -> MonotonicTime {
        let century = Duration.seconds(3_155_760_000)
        let bounded = max(.zero - century, min(rhs, century))
        let (sum, overflows) = lhs.nanoseconds.addingReportingOverflow(bounded.nanoseconds)
        return MonotonicTime(nanoseconds: overflows ? (rhs < .zero ? .min : .max) : sum)
    }

    package static func - (lhs: MonotonicTime, rhs: Duration) -> MonotonicTime { lhs + (.zero - rhs) }

    package static func += (lhs: inout MonotonicTime, rhs: Duration) { lhs = lhs + rhs }
}
