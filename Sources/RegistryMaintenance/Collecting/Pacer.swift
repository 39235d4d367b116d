//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Spreads work evenly over time.
struct Pacer {
    /// Units a second; nil for no bound.
    let rate: Int?
    private var next = ContinuousClock.now

    init(_ rate: Int?) { self.rate = rate }

    /// Waits until so many units more may have been done, and says whether to go on.
    /// - Throws: `stopped` when the task is cancelled.
    mutating func spend(_ units: Int) async throws(CollectionError) {
        if let rate, rate > 0 {
            // What was not used is not saved up.
            next = max(next, .now) + .nanoseconds(Int64(units) * 1_000_000_000 / Int64(rate))
            try? await Task.sleep(until: next, clock: .continuous)
        }
        if Task.isCancelled { throw .stopped }
    }
}
