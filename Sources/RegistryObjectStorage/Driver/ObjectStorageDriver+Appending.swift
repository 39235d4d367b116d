//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage

extension ObjectStorageDriver {
    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        guard let hold = holds.take(path) else { throw StorageError(.busy, "append", path) }
        do throws(StorageError) {
            let content = try await content(of: path)
            return ObjectAppender(SegmentWriter(self, path, content, hold), holds, hold)
        } catch {
            holds.release(hold)
            throw error
        }
    }

    /// What is there to append to; nil if nothing is, but its folder.
    private func content(of path: StoragePath) async throws(StorageError) -> SegmentedContent? {
        if let content = try await segments(of: path, "append") { return content }
        guard try await isFolder(path.parent) else { throw StorageError(.notFound, "append", path) }
        guard let foreign = try await foreignUpload(path) else { return nil }
        return try await adopt(foreign, path)
    }

    private func isFolder(_ folder: StoragePath) async throws(StorageError) -> Bool {
        if folder == .root { return true }
        if store.bounds.listsLate, DiskLayout.isUpload(folder) {
            do throws(ObjectStoreError) {
                _ = try await store.head(keys.key(folder.appending("startedat")))
                return true
            } catch {
                guard error.code == .notFound else { throw error.at("append", folder) }
            }
        }
        return try await holdsAnything(folder, "append")
    }

    /// An upload in parts at content's own key: what distribution has received of an upload.
    func foreignUpload(_ path: StoragePath) async throws(StorageError) -> (
        upload: MultipartUpload, parts: [UploadedPart]
    )? {
        guard DiskLayout.isUploadData(path) else { return nil }
        let key = keys.key(path)
        return try await ask("append", path) { () async throws(ObjectStoreError) in
            let found = try await store.uploads(under: key, after: nil).uploads
            guard let upload = found.last(where: { $0.key == key }) else { return nil }
            return (upload, try await store.parts(of: upload))
        }
    }

    /// Makes an object of the parts, to which can be appended.
    private func adopt(
        _ foreign: (upload: MultipartUpload, parts: [UploadedPart]),
        _ path: StoragePath
    ) async throws(StorageError) -> SegmentedContent? {
        try await ask("append", path) { () async throws(ObjectStoreError) in
            guard !foreign.parts.isEmpty else {
                try await store.abort(foreign.upload)
                return nil
            }
            try await store.complete(foreign.upload, foreign.parts)
            return SegmentedContent(keys.key(path), size: foreign.parts.reduce(0) { $0 + $1.size })
        }
    }
}
