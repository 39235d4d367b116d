//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Tells somebody who waits when all of several have done their part.
final class Countdown: Sendable {
    private let remaining: Atomic<Int>
    private let waiter: AsyncStream<Never>.Continuation

    /// - Parameters:
    ///   - count: how many have to arrive; none ends the waiting at once.
    ///   - waiter: finished by the last.
    init(_ count: Int, _ waiter: AsyncStream<Never>.Continuation) {
        self.remaining = Atomic(count)
        self.waiter = waiter
        if count == 0 { waiter.finish() }
    }

    func arrive() {
        if remaining.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { waiter.finish() }
    }
}
