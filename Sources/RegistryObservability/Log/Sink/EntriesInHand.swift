//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The entries that a sink's thread is writing, for whoever has to take care of them should it not come to an end.
final class EntriesInHand: Sendable {
    private let state = Mutex<Entries?>(nil)

    struct Entries {
        private(set) var count: Int
        /// The number of the first.
        let first: Int64
        /// Those that must not be dropped, with their numbers.
        private(set) var audit: [(entry: EncodedEntry, sequence: Int64)] = []

        /// - Parameter first: the number of the first; the others follow.
        init(_ entries: [EncodedEntry], from first: Int64, _ filter: SinkFilter) {
            self.count = entries.count
            self.first = first
            for (place, entry) in entries.enumerated() where filter.mustKeep(entry.facts.kinds) {
                audit.append((entry, first + Int64(place)))
            }
        }

        mutating func append(_ later: Entries) {
            count += later.count
            audit += later.audit
        }

        /// The one with this number.
        func alone(_ number: Int64) -> Entries {
            var one = Entries([], from: number, SinkFilter())
            one.count = 1
            one.audit = audit.filter { $0.sequence == number }
            return one
        }
    }

    /// Adds to what is held.
    func hold(_ entries: Entries) {
        state.withLock { held in
            if held == nil { held = entries } else { held?.append(entries) }
        }
    }

    /// Gives them to the caller alone.
    /// - Parameter begun: the number of an entry that stays held.
    /// - Returns: nil if there are none, or somebody else has got them.
    func take(but begun: Int64? = nil) -> Entries? {
        state.withLock { held in
            let taken = held
            held = begun.flatMap { number in taken?.alone(number) }
            return taken
        }
    }
}
