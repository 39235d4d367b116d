//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// When the thread that takes from a queue is woken: not for each entry, since that costs more than the entry.
///
/// After it has taken something it waits for more, for a while, and is woken before only by who brings the last of a
/// handful. Only when nothing has come in that time does it sleep until the first comes.
struct Gathering {
    /// As many as are gathered at most.
    let handful: Int
    private var phase = Phase.awake

    private enum Phase {
        case awake
        case asleep
        /// It waits for more.
        case gathering
    }

    /// What the thread does next.
    enum Step: Equatable {
        case take
        /// Wait until woken, or for as long as is gathered.
        case gather
        /// Wait until woken.
        case sleep
    }

    /// - Parameter handful: 1 for a queue whose entries wait for nothing.
    init(handful: Int) { self.handful = handful }

    /// Whether the thread has to be woken.
    /// - Parameters:
    ///   - count: entries there are.
    ///   - isUrgent: there is something that does not wait for a handful.
    mutating func wakes(count: Int, isUrgent: Bool) -> Bool {
        let isEnough = isUrgent || count >= handful
        switch phase {
        case .awake: return false
        case .asleep: guard count > 0 || isUrgent else { return false }
        case .gathering: guard isEnough else { return false }
        }
        phase = isEnough ? .awake : .gathering
        return true
    }

    /// - Parameter hasGathered: the thread has waited for more just now.
    mutating func next(count: Int, isUrgent: Bool, hasGathered: Bool) -> Step {
        let isEnough = isUrgent || count >= handful || (count > 0 && hasGathered)
        phase = isEnough ? .awake : hasGathered || handful == 1 ? .asleep : .gathering
        switch phase {
        case .awake: return .take
        case .asleep: return .sleep
        case .gathering: return .gather
        }
    }
}
