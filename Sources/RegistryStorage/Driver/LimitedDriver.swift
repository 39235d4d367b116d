//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryTelemetry

/// Lets only so many calls of a driver be under way at once; the others wait their turn.
///
/// Streams hold no place while they stream: a slow client must not keep others from the storage.
package struct LimitedDriver: StorageDriver {
    private let base: any StorageDriver
    private let limiter: Limiter

    /// - Parameter limit: the most calls at once, at least 1.
    package init(_ base: any StorageDriver, limit: Int) {
        self.base = base
        self.limiter = Limiter(limit)
    }

    package var name: String { base.name }

    package var redirects: Bool { base.redirects }

    package var changeTimesTellRemovals: Bool { base.changeTimesTellRemovals }

    package var asksOthers: Bool { base.asksOthers }

    private func limit<Output: Sendable>(
        _ call: () async throws(StorageError) -> Output
    ) async throws(StorageError) -> Output {
        await limiter.enter()
        defer { limiter.leave() }
        return try await call()
    }

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await self.limit { () async throws(StorageError) in try await base.read(path, limit: limit) }
    }

    package func readRecent(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await self.limit { () async throws(StorageError) in try await base.readRecent(path, limit: limit) }
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        try await limit { () async throws(StorageError) in try await base.replace(path, with: bytes, durability) }
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        try await limit { () async throws(StorageError) in try await base.open(path) }
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        try await limit { () async throws(StorageError) in try await base.append(path) }
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        try await limit { () async throws(StorageError) in try await base.publish(source, as: path) }
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        try await limit { () async throws(StorageError) in try await base.stat(path) }
    }

    package func list(
        _ path: StoragePath,
        after last: String?,
        limit: Int
    ) async throws(StorageError) -> [FolderEntry] {
        try await self.limit { () async throws(StorageError) in try await base.list(path, after: last, limit: limit) }
    }

    package func remove(_ path: StoragePath) async throws(StorageError) {
        try await limit { () async throws(StorageError) in try await base.remove(path) }
    }

    package func discard(_ path: StoragePath) async throws(StorageError) {
        try await limit { () async throws(StorageError) in try await base.discard(path) }
    }

    package func erase(_ folders: [StoragePath]) async throws(StorageError) {
        try await limit { () async throws(StorageError) in try await base.erase(folders) }
    }

    package func read(all paths: [StoragePath], limit: Int) async throws(StorageError) -> [ByteBuffer?] {
        try await self.limit { () async throws(StorageError) in try await base.read(all: paths, limit: limit) }
    }

    package func sizes(of paths: [StoragePath]) async throws(StorageError) -> [Int64?] {
        try await limit { () async throws(StorageError) in try await base.sizes(of: paths) }
    }

    package func changeTimes(_ folders: [StoragePath]) async throws(StorageError) -> [Int64]? {
        try await limit { () async throws(StorageError) in try await base.changeTimes(folders) }
    }

    package func move(all moves: [StorageMove]) async throws(StorageError) -> [Bool] {
        try await limit { () async throws(StorageError) in try await base.move(all: moves) }
    }

    package func redirectURL(_ path: StoragePath, for request: RedirectRequest) async throws(StorageError) -> String? {
        try await limit { () async throws(StorageError) in try await base.redirectURL(path, for: request) }
    }

    package func removeUnfinished(begunBefore limit: WallTime, isDryRun: Bool) async throws(StorageError)
        -> (removed: Int, left: Int)
    {
        try await self.limit { () async throws(StorageError) in
            try await base.removeUnfinished(begunBefore: limit, isDryRun: isDryRun)
        }
    }

    package func capacity() async throws(StorageError) -> StorageCapacity? { try await base.capacity() }
}
