//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Synchronization

/// The room on the storage as it was last asked for, so that metrics can be rendered without waiting.
package final class CapacityReading: Sendable {
    private let context: StoreContext
    private let watch: Mutex<RoomWatch>
    private let reading = Mutex<(capacity: StorageCapacity, time: MonotonicTime)?>(nil)
    /// After this, what was read tells nothing of now.
    private static let lifetime = Duration.seconds(60)

    /// - Parameter bounds: what is told of when the room goes below.
    package init(_ context: StoreContext, _ bounds: RoomWatch.Bounds) {
        self.context = context
        self.watch = Mutex(RoomWatch(bounds))
    }

    /// Nil before the first reading, and where the storage has no such notion or has not answered for a minute.
    package var latest: StorageCapacity? {
        reading.withLock { $0 }.flatMap { .now - $0.time < Self.lifetime ? $0.capacity : nil }
    }

    /// Whether less is free than `storage.low`, as of the last reading.
    package var isLow: Bool { watch.withLock { $0.isLow } }

    /// Tells of other bounds from the next reading on.
    package func replace(_ bounds: RoomWatch.Bounds) { watch.withLock { $0.replace(bounds) } }

    /// Asks the storage, and tells of what has changed.
    package func refresh() async {
        let capacity = (try? await context.driver.capacity()).flatMap(\.self)
        reading.withLock { $0 = capacity.map { ($0, .now) } }
        guard let capacity else { return }
        for change in watch.withLock({ $0.see(capacity) }) { context.observer.note(change.event) }
    }
}

extension RoomWatch.Change {
    fileprivate var event: ServerEvent {
        switch self {
        case .low(let resource, let free, let total): Self.event(.diskLow, resource, free, total)
        case .reserved(let resource, let free, let total): Self.event(.diskReserveReached, resource, free, total)
        case .recovered(let resource, let free, let total): Self.event(.diskRecovered, resource, free, total)
        }
    }

    private static func event(_ name: EventName, _ resource: RoomWatch.Resource, _ free: Int64, _ total: Int64)
        -> ServerEvent
    {
        ServerEvent(
            name,
            [.init(.resource, .text(resource.rawValue)), .init(.free, .number(free)), .init(.total, .number(total))]
        )
    }
}
