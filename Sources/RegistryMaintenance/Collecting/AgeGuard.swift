//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTelemetry

/// Tells what has come lately, by when its folders were changed.
struct AgeGuard {
    let driver: any StorageDriver
    let olderThan: Duration
    /// Nanoseconds since 1970.
    private let limit: Int64

    init(driver: any StorageDriver, olderThan: Duration, at time: WallTime) {
        self.driver = driver
        self.olderThan = olderThan
        let age = olderThan.components.seconds * 1_000_000_000 + olderThan.components.attoseconds / 1_000_000_000
        self.limit = time.microseconds * 1000 - age
    }

    var isActive: Bool { olderThan > .zero }

    /// - Parameter groups: the folders of each thing.
    /// - Returns: for each thing whether one of its folders has changed lately. Where the storage does not know when, all is
    ///   young.
    func young(_ groups: [[StoragePath]]) async throws(CollectionError) -> [Bool] {
        guard isActive else { return groups.map { _ in false } }
        var flags: [Bool] = []
        var (first, paths) = (0, [StoragePath]())
        for (index, group) in groups.enumerated() {
            paths += group
            guard paths.count >= Self.pieceSize || index == groups.count - 1 else { continue }
            flags += try await self.flags(paths, groups[first...index])
            (first, paths) = (index + 1, [])
        }
        return flags
    }

    private func flags(_ paths: [StoragePath], _ groups: ArraySlice<[StoragePath]>) async throws(CollectionError)
        -> [Bool]
    {
        let times: [Int64]?
        do { times = try await driver.changeTimes(paths) } catch { throw CollectionError(error) }
        if Task.isCancelled { throw .stopped }
        guard let times else { return groups.map { _ in true } }
        var rest = times[...]
        return groups.map { group in
            defer { rest = rest.dropFirst(group.count) }
            return rest.prefix(group.count).contains { $0 > limit }
        }
    }

    private static let pieceSize = 256
}
