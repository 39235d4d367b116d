//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Adds up what one request spends in storage.
///
/// The instrumented driver finds the meter of the request it works for as a task local, so that nothing between the
/// handler and the driver has to carry it.
package final class StorageMeter: Sendable {
    @TaskLocal package static var current: StorageMeter?

    private let nanoseconds = Atomic<Int64>(0)
    private let calls = Atomic<Int>(0)

    package init() {}

    /// What a request has spent so far.
    package struct Reading: Sendable, Equatable {
        package var time: Duration = .zero
        package var calls = 0

        package init() {}
    }

    /// Adds one driver call.
    package func add(_ time: Duration) {
        nanoseconds.wrappingAdd(time.nanoseconds, ordering: .relaxed)
        calls.wrappingAdd(1, ordering: .relaxed)
    }

    package var reading: Reading {
        var reading = Reading()
        reading.time = .nanoseconds(nanoseconds.load(ordering: .relaxed))
        reading.calls = calls.load(ordering: .relaxed)
        return reading
    }
}

extension Duration {
    /// Whole nanoseconds; enough for 292 years.
    package var nanoseconds: Int64 {
        // Up to nine seconds, which is nearly always, without a division of 128 bits.
        if let attoseconds = Int64(exactly: attoseconds) { return attoseconds / 1_000_000_000 }
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Whole microseconds.
    package var microseconds: Int64 { nanoseconds / 1_000 }
}
