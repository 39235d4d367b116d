//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import RegistryModel
package import RegistryTelemetry

/// A driver of a storage over a network, with a ``ReadCache`` in front.
///
/// Nothing that decides on a change is answered from memory: only who asks for what was so a moment ago (`readRecent`), or
/// for content by its digest.
package struct CachedDriver: StorageDriver {
    private let base: any StorageDriver
    private let cache: ReadCache
    private let answers: Bool

    /// - Parameters:
    ///   - cache: the one of all drivers of this storage.
    ///   - answers: whether reads may be answered from it; if not, it is told of changes all the same. Whoever checks what the
    ///     storage has must see the storage.
    package init(_ base: any StorageDriver, _ cache: ReadCache, answers: Bool = true) {
        self.base = base
        self.cache = cache
        self.answers = answers
    }

    package var name: String { base.name }

    package var redirects: Bool { base.redirects }

    package var changeTimesTellRemovals: Bool { base.changeTimesTellRemovals }

    package var asksOthers: Bool { base.asksOthers }

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        guard answers, let digest = DiskLayout.blobDigest(path) else { return try await base.read(path, limit: limit) }
        return try await cache.read(digest, path, limit: limit, base)
    }

    package func readRecent(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        guard answers, DiskLayout.isLink(path) else { return try await read(path, limit: limit) }
        return try await cache.readLink(path, limit: limit, base)
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        guard answers, let digest = DiskLayout.blobDigest(path) else { return try await base.open(path) }
        return try await cache.open(digest, path, base)
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        do throws(StorageError) {
            let previous = try await base.replace(path, with: bytes, durability)
            cache.wrote(path, bytes)
            return previous
        } catch {
            // It may have been written all the same.
            cache.wrote(path, nil)
            throw error
        }
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        try await base.append(path)
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        defer { moved(source, path) }
        return try await base.publish(source, as: path)
    }

    private func moved(_ source: StoragePath, _ target: StoragePath) {
        cache.removed(source)
        if DiskLayout.mayHoldLinks(target) { cache.links.forget() }
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts { try await base.stat(path) }

    package func list(
        _ path: StoragePath,
        after last: String?,
        limit: Int
    ) async throws(StorageError) -> [FolderEntry] {
        try await base.list(path, after: last, limit: limit)
    }

    package func remove(_ path: StoragePath) async throws(StorageError) {
        defer { cache.removed(path) }
        try await base.remove(path)
    }

    package func discard(_ path: StoragePath) async throws(StorageError) {
        defer { cache.removed(path) }
        try await base.discard(path)
    }

    package func erase(_ folders: [StoragePath]) async throws(StorageError) {
        defer { for folder in folders { cache.removed(folder) } }
        try await base.erase(folders)
    }

    package func move(all moves: [StorageMove]) async throws(StorageError) -> [Bool] {
        defer { for move in moves { moved(move.source, move.target) } }
        return try await base.move(all: moves)
    }

    package func read(all paths: [StoragePath], limit: Int) async throws(StorageError) -> [ByteBuffer?] {
        try await base.read(all: paths, limit: limit)
    }

    package func sizes(of paths: [StoragePath]) async throws(StorageError) -> [Int64?] {
        try await base.sizes(of: paths)
    }

    package func changeTimes(_ folders: [StoragePath]) async throws(StorageError) -> [Int64]? {
        try await base.changeTimes(folders)
    }

    package func redirectURL(_ path: StoragePath, for request: RedirectRequest) async throws(StorageError) -> String? {
        try await base.redirectURL(path, for: request)
    }

    package func removeUnfinished(begunBefore limit: WallTime, isDryRun: Bool) async throws(StorageError)
        -> (removed: Int, left: Int)
    {
        try await base.removeUnfinished(begunBefore: limit, isDryRun: isDryRun)
    }

    package func capacity() async throws(StorageError) -> StorageCapacity? { try await base.capacity() }
}
