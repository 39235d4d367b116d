//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import Synchronization

/// The time as the store has it: signatures that are off by more than some minutes are refused.
package final class StoreClock: Sendable {
    private let offset = Atomic<Int64>(0)

    package init() {}

    package var now: WallTime {
        WallTime(microseconds: WallTime.now.microseconds + offset.load(ordering: .relaxed))
    }

    /// Goes by what the store says the time is.
    package func set(_ time: WallTime) {
        offset.store(time.microseconds - WallTime.now.microseconds, ordering: .relaxed)
    }
}
