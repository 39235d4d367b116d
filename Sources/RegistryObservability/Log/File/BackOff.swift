//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// How long to wait before something that failed is tried again: twice as long each time.
struct BackOff {
    private let first: Duration
    private let longest: Duration
    private var delay: Duration?
    private var end: MonotonicTime?

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// It failed again.
    mutating func fail(at now: MonotonicTime) {
        let next = delay.map { min($0 * 2, longest) } ?? first
        delay = next
        end = now + next
    }

    /// It works.
    mutating func succeed() { (delay, end) = (nil, nil) }

    /// Whether the time to try again has not come.
    func holds(at now: MonotonicTime) -> Bool { end.map { now < $0 } ?? false }

    /// Whether it failed and did not work since.
    var isFailing: Bool { delay != nil }
}
