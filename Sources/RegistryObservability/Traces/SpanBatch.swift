//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Spans that a thread writes, each of which is counted once: when it is known what has become of it, or when the thread
/// is left behind.
final class SpanBatch: Sendable {
    /// Spans of which nothing is known.
    private let unknown: Mutex<Int>

    /// - Parameter spans: how many there are.
    init(_ spans: Int) {
        self.unknown = Mutex(spans)
    }

    /// Whether there is nothing to find out any more.
    var isSettled: Bool { unknown.withLock { $0 == 0 } }

    /// Takes in that it is known what has become of some.
    /// - Returns: whether that is to be counted; false if they were given up.
    func settle(_ spans: Int) -> Bool {
        unknown.withLock { unknown in
            guard unknown >= spans else { return false }
            unknown -= spans
            return true
        }
    }

    /// Gives up those of which nothing is known.
    /// - Returns: how many they are.
    func abandon() -> Int {
        unknown.withLock { unknown in
            defer { unknown = 0 }
            return unknown
        }
    }
}
