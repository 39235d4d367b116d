//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// A number that only grows.
package final class Counter: Sendable {
    private let atomic = Atomic<Int64>(0)

    package init() {}

    package func add(_ amount: Int64 = 1) { atomic.wrappingAdd(amount, ordering: .relaxed) }

    package var value: Int64 { atomic.load(ordering: .relaxed) }
}

/// A number that goes up and down.
package final class Gauge: Sendable {
    private let atomic: Atomic<Int64>

    package init(_ value: Int64 = 0) { self.atomic = Atomic(value) }

    package func add(_ amount: Int64) { atomic.wrappingAdd(amount, ordering: .relaxed) }

    package func set(_ value: Int64) { atomic.store(value, ordering: .relaxed) }

    package var value: Int64 { atomic.load(ordering: .relaxed) }
}
