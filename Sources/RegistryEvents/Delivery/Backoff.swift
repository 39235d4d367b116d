//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How long to wait after failures: an exponential bound, below which chance decides ("full jitter"), so that what
/// failed at the same moment does not come back at the same moment.
enum Backoff {
    /// - Parameters:
    ///   - failure: which failure in a row it was, from 1.
    ///   - jitter: random, 0 to 1.
    static func delay(after failure: Int, first: Duration, longest: Duration, jitter: Double) -> Duration {
        let bound = min(first * Double(1 << min(max(failure - 1, 0), 30)), longest)
        return bound * jitter
    }
}
