//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The room on the storage as it was last asked for, so that metrics can be rendered without waiting.
package final class CapacityReading: Sendable {
    private let driver: any StorageDriver
    private let reading = Mutex<(capacity: StorageCapacity, time: ContinuousClock.Instant)?>(nil)
    /// After this, what was read tells nothing of now.
    private static let lifetime = Duration.seconds(60)

    package init(_ driver: any StorageDriver) { self.driver = driver }

    /// Nil before the first reading, and where the storage has no such notion or has not answered for a minute.
    package var latest: StorageCapacity? {
        reading.withLock { $0 }.flatMap { .now - $0.time < Self.lifetime ? $0.capacity : nil }
    }

    /// Asks the storage.
    package func refresh() async {
        let capacity = try? await driver.capacity()
        reading.withLock { $0 = capacity.flatMap(\.self).map { ($0, .now) } }
    }
}
