//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryStorage

extension ObjectStorageDriver {
    /// Durable in any case, as the store is; what was there is not asked for.
    package func replace(_ path: StoragePath, with bytes: ByteBuffer, _ durability: Durability)
        async throws(StorageError) -> Int64?
    {
        try await ask("replace", path) { () async throws(ObjectStoreError) in
            try await store.put(keys.key(path), ObjectBytes([bytes]), .none)
        }
        return nil
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        guard let content = try await segments(of: source, "publish") else {
            throw StorageError(.notFound, "publish", source)
        }
        if let flushed = holds.holder(of: source)?.size, flushed != content.size {
            throw StorageError(.busy, "publish", source, cause: "\(content.size) bytes are there, not \(flushed)")
        }
        let previous = try await size(of: path)
        try await ask("publish", path) { () async throws(ObjectStoreError) in
            try await assemble(content, as: keys.key(path))
        }
        holds.revoke(source)
        try await ask("publish", path) { () async throws(ObjectStoreError) in
            try await delete(content.segments.map(\.key))
        }
        return previous
    }

    private func size(of path: StoragePath) async throws(StorageError) -> Int64? {
        do throws(ObjectStoreError) {
            return try await store.head(keys.key(path)).size
        } catch {
            guard error.code == .notFound else { throw error.at("publish", path) }
            return nil
        }
    }

    /// Makes one object of segments, by copies within the store.
    func assemble(_ content: SegmentedContent, as key: String) async throws(ObjectStoreError) {
        if content.segments.count == 1, content.size <= min(settings.copyThresholdBytes, store.bounds.copyBytes) {
            return try await store.copy(content.base, size: content.size, to: key, .none)
        }
        let pieces = CopyPlan(content, chunkBytes: settings.copyChunkBytes, bounds: store.bounds).pieces
        let upload = try await store.begin(key, .none)
        do throws(ObjectStoreError) {
            let numbered = Array(pieces.enumerated())
            let parts = try await concurrently(numbered, settings.copiesInFlight) {
                number,
                piece throws(ObjectStoreError) in
                try await store.copyPart(number + 1, of: upload, from: piece.key, piece.range, size: piece.size)
            }
            try await store.complete(upload, parts)
        } catch {
            // What is left of it is found by its age.
            try? await store.abort(upload)
            throw error
        }
    }

    package func move(all moves: [StorageMove]) async throws(StorageError) -> [Bool] {
        try await concurrently(moves, settings.parallel) { move throws(StorageError) in try await self.move(move) }
    }

    /// First all copies and then the removal, so that what breaks off in between leaves everything where it was.
    private func move(_ move: StorageMove) async throws(StorageError) -> Bool {
        let (from, to) = (keys.folder(move.source), keys.folder(move.target))
        var isFolder = false
        try await ask("move", move.target) { () async throws(ObjectStoreError) in
            var moved: [String] = []
            try await forEachPage(under: from) { objects throws(ObjectStoreError) in
                _ = try await concurrently(objects, settings.parallel) { object throws(ObjectStoreError) in
                    let content = SegmentedContent(object.key, size: object.size)
                    try await assemble(content, as: to + object.key.dropping(from))
                }
                moved += objects.map(\.key)
            }
            isFolder = !moved.isEmpty
            if isFolder { holds.revoke(move.source) }
            try await delete(moved)
        }
        if isFolder { return true }
        do throws(StorageError) {
            _ = try await publish(move.source, as: move.target)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }
}
