//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
import Synchronization

/// A cache bounded by entries and by bytes.
///
/// When full, it lets go of what was not asked for since its last turn (the clock algorithm): nearly as good as
/// least-recently-used, and a hit changes one bit.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let state = Mutex(State())
    private let maximumEntries: Int
    private let maximumBytes: Int

    private struct State {
        var entries: [Key: Entry] = [:]
        var order = Deque<Key>()
        var bytes = 0
    }

    private struct Entry {
        let value: Value
        let bytes: Int
        var wasUsed = false
    }

    /// - Parameter maximumEntries: 0 for no bound but that of bytes.
    init(maximumEntries: Int, maximumBytes: Int) {
        self.maximumEntries = maximumEntries == 0 ? .max : maximumEntries
        self.maximumBytes = maximumBytes
    }

    subscript(_ key: Key) -> Value? {
        state.withLock { state in
            guard let position = state.entries.index(forKey: key) else { return nil }
            state.entries.values[position].wasUsed = true
            return state.entries.values[position].value
        }
    }

    /// Keeps a value, unless it alone is more than the cache may hold.
    func insert(_ value: Value, for key: Key, bytes: Int) {
        guard bytes <= maximumBytes else { return }
        state.withLock { state in
            if let previous = state.entries.updateValue(Entry(value: value, bytes: bytes), forKey: key) {
                state.bytes -= previous.bytes
            } else {
                state.order.append(key)
            }
            state.bytes += bytes
            while state.entries.count > maximumEntries || state.bytes > maximumBytes {
                guard let candidate = state.order.popFirst() else { return }
                if state.entries[candidate]?.wasUsed == true {
                    state.entries[candidate]?.wasUsed = false
                    state.order.append(candidate)
                } else if let removed = state.entries.removeValue(forKey: candidate) {
                    state.bytes -= removed.bytes
                }
            }
        }
    }
}
