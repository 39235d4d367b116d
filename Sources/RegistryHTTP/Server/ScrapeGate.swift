//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Lets only so many scrapes be under way at once: more of them than scrapers mean that something is wrong, and must not
/// take memory or time from serving.
final class ScrapeGate: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)

    /// - Parameter limit: scrapes at once.
    init(limit: Int) { self.limit = limit }

    /// Takes a place.
    /// - Returns: false if there is none; `leave` must follow only if there was.
    func enter() -> Bool {
        guard count.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
            count.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
}
