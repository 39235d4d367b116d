//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import RegistryTelemetry

extension ObjectStorageDriver {
    /// A folder goes object by object: it is out of sight whole only when it has fewer than a page of them.
    package func remove(_ path: StoragePath) async throws(StorageError) {
        holds.revoke(path)
        try await ask("remove", path) { () async throws(ObjectStoreError) in
            let key = keys.key(path)
            var found = false
            try await forEachPage(under: keys.folder(path)) { objects throws(ObjectStoreError) in
                found = true
                try await delete(objects.map(\.key))
            }
            if path == .root { return }
            guard !found else { return }
            let facts: ObjectFacts
            do throws(ObjectStoreError) { facts = try await store.head(key) } catch {
                guard error.code == .notFound, DiskLayout.isUploadData(path) else { throw error }
                // What distribution has begun: no object, only parts.
                guard try await abortUploads(at: key) > 0 else { throw error }
                return
            }
            var keys = [key]
            if facts.mark == .appended { keys += try await content(key).segments.dropFirst().map(\.key) }
            try await delete(keys)
        }
    }

    private func content(_ key: String) async throws(ObjectStoreError) -> SegmentedContent {
        var sizes: [String: Int64] = [:]
        try await forEachPage(under: SegmentKey.prefix(of: key)) { objects in
            for object in objects { sizes[object.key] = object.size }
        }
        let size = try await store.head(key).size
        sizes[key] = size
        return SegmentedContent(key, among: sizes) ?? SegmentedContent(key, size: size)
    }

    func delete(_ keys: [String]) async throws(ObjectStoreError) {
        let most = max(1, store.bounds.deleteKeys)
        let batches = stride(from: 0, to: keys.count, by: most).map { Array(keys[$0..<min($0 + most, keys.count)]) }
        _ = try await concurrently(batches, settings.parallel) { batch throws(ObjectStoreError) in
            try await store.delete(batch)
        }
    }

    // MARK: Parts that nobody will make an object

    private func abortUploads(at key: String) async throws(ObjectStoreError) -> Int {
        let uploads = try await store.uploads(under: key, after: nil).uploads.filter { $0.key == key }
        for upload in uploads { try await store.abort(upload) }
        return uploads.count
    }

    package func removeUnfinished(begunBefore limit: WallTime, isDryRun: Bool) async throws(StorageError)
        -> (removed: Int, left: Int)
    {
        try await ask("uploads", .root) { () async throws(ObjectStoreError) in
            var (removed, left) = (0, 0)
            var marker: String?
            repeat {
                let page = try await store.uploads(under: keys.folder(DiskLayout.root), after: marker)
                for upload in page.uploads {
                    // One that does not say when it was begun may be under way.
                    guard let begun = upload.begun, begun.microseconds < limit.microseconds else {
                        left += 1
                        continue
                    }
                    if !isDryRun {
                        try await store.abort(upload)
                        instruments.abandonedParts.add()
                    }
                    removed += 1
                }
                marker = page.next
            } while marker != nil && !Task.isCancelled
            return (removed, left)
        }
    }
}
