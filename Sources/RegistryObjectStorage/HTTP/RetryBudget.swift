//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How many requests may be made again: a share of those that succeed at once, and some in hand.
///
/// A plain value; whoever has it has a lock around it.
package struct RetryBudget: Sendable, Equatable {
    /// The most that are in hand.
    package var most: Double
    /// What a request earns that succeeds at once.
    package var share: Double
    private var left: Double

    package init(most: Double = 100, share: Double = 0.2) {
        self.most = most
        self.share = share
        self.left = most
    }

    package mutating func deposit() { left = min(most, left + share) }

    /// - Returns: false when there is none.
    package mutating func withdraw() -> Bool {
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
