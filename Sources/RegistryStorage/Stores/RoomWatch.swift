//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Tells when the room on a storage gets scarce, and when it no longer is: once each, however it wavers in between.
///
/// A state that was left is only entered again when it is left by a tenth of its bound.
package struct RoomWatch: Sendable {
    /// How much must be free of something.
    package struct Bounds: Sendable, Equatable {
        /// Below this it is scarce.
        package var low: SpaceGuard.Reserve
        /// Below this pushes are refused.
        package var reserve: SpaceGuard.Reserve

        package init(low: SpaceGuard.Reserve, reserve: SpaceGuard.Reserve) {
            self.low = low
            self.reserve = reserve
        }
    }

    /// What there is too little of.
    package enum Resource: String, Sendable, CaseIterable {
        case bytes, inodes
    }

    /// Something has changed.
    package enum Change: Sendable, Equatable {
        case low(Resource, free: Int64, total: Int64)
        case reserved(Resource, free: Int64, total: Int64)
        case recovered(Resource, free: Int64, total: Int64)
    }

    private enum Level: Comparable {
        case enough, low, reserved
    }

    private var bounds: Bounds
    private var levels: [Resource: Level] = [:]

    package init(_ bounds: Bounds) { self.bounds = bounds }

    /// Goes by other bounds from the next reading on.
    mutating func replace(_ bounds: Bounds) { self.bounds = bounds }

    /// Whether anything was scarce at the last reading.
    var isLow: Bool { levels.values.contains { $0 != .enough } }

    /// Takes a reading.
    package mutating func see(_ capacity: StorageCapacity) -> [Change] {
        var changes = [see(.bytes, free: capacity.free, total: capacity.total, bounds)]
        if let inodes = capacity.inodes {
            // A bound in bytes says nothing of inodes; and only bytes are kept back from pushes.
            let low = if case .percent = bounds.low { bounds.low } else { SpaceGuard.Reserve.bytes(0) }
            let bounds = Bounds(low: low, reserve: .bytes(0))
            changes.append(see(.inodes, free: inodes.free, total: inodes.total, bounds))
        }
        return changes.compactMap(\.self)
    }

    private mutating func see(_ resource: Resource, free: Int64, total: Int64, _ bounds: Bounds) -> Change? {
        let previous = levels[resource] ?? .enough
        var level = Level.enough
        if Self.isBelow(bounds.low.amount(of: total), free, wasBelow: previous >= .low) { level = .low }
        // Where nothing is kept back, the end comes with the last byte.
        let reserve = max(1, bounds.reserve.amount(of: total))
        if Self.isBelow(reserve, free, wasBelow: previous == .reserved) { level = .reserved }
        levels[resource] = level
        return switch (previous, level) {
        case (.enough, .low): .low(resource, free: free, total: total)
        case (.enough, .reserved), (.low, .reserved): .reserved(resource, free: free, total: total)
        case (_, .enough) where previous != .enough: .recovered(resource, free: free, total: total)
        default: nil
        }
    }

    private static func isBelow(_ bound: Int64, _ free: Int64, wasBelow: Bool) -> Bool {
        free < (wasBelow ? bound + bound / 10 : bound)
    }
}
