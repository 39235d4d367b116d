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
        var count = 0
        /// Those that must not be dropped, with their numbers.
        var audit: [(entry: EncodedEntry, sequence: Int64)] = []

        /// - Parameter first: the number of the first; the others follow.
        init(_ entries: [EncodedEntry], from first: Int64, _ filter: SinkFilter) {
            count = entries.count
            for (place, entry) in entries.enumerated() where filter.mustKeep(entry.facts.kinds) {
                audit.append((entry, first + Int64(place)))
            }
        }
    }

    func hold(_ entries: Entries) { state.withLock { $0 = entries } }

    /// Gives them to the caller alone.
    /// - Returns: nil if there are none, or somebody else has got them.
    func take() -> Entries? {
        state.withLock { held in
            defer { held = nil }
            return held
        }
    }
}
