//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The least that a client must get done while the server waits for it, whatever the bandwidth between them.
package struct MinimumPace: Sendable {
    /// Bytes a second on average.
    package var bytesPerSecond: Int64
    /// The time over which the average is taken; above 0.
    package var window: Duration

    /// Creates a pace.
    package init(bytesPerSecond: Int64, window: Duration) {
        self.bytesPerSecond = bytesPerSecond
        self.window = window
    }

    /// One client's progress: pure, so that tests need no clock.
    ///
    /// Windows follow each other, so that a fast beginning buys nobody a long rest.
    struct Meter {
        private let pace: MinimumPace
        private var waited = Duration.zero
        private var bytes: Int64 = 0

        init(_ pace: MinimumPace) { self.pace = pace }

        /// Looks at what is done so far, counted from the beginning.
        mutating func isTooSlow(_ bytes: Int64, in waited: Duration) -> Bool {
            let time = waited - self.waited
            guard time >= pace.window else { return false }
            let done = bytes - self.bytes
            (self.waited, self.bytes) = (waited, bytes)
            return Double(done) < Double(pace.bytesPerSecond) * (time / .seconds(1))
        }
    }
}

/// A client that takes in an answer too slowly.
struct SlowReaderError: Error {}
