//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage

extension ObjectStorageDriver {
    package func list(_ path: StoragePath, after last: String?, limit: Int) async throws(StorageError) -> [FolderEntry]
    {
        let folder = keys.folder(path)
        var pages = FolderPages(folder, after: last, limit: limit)
        // No name is missed: a name after `last` has its keys after that of `last`.
        var listing = ObjectListing(folder, hasFolders: true, after: last.map { folder + $0 })
        listing.limit = Self.pageSize(limit, store.bounds.listKeys)
        if limit > 0 {
            while true {
                let asked = listing
                let page = try await ask("list", path) { () async throws(ObjectStoreError) in
                    try await store.list(asked)
                }
                pages.add(page)
                guard let next = page.next, !pages.isSettled(after: page) else { break }
                listing.token = next
                listing.limit = store.bounds.listKeys
            }
        }
        let entries = pages.sorted
        guard entries.isEmpty, path != .root else { return entries }
        // All names may come before those that are wanted.
        let mayBeThere = last != nil || limit <= 0
        guard mayBeThere, try await holdsAnything(path, "list") else { throw StorageError(.notFound, "list", path) }
        return []
    }

    /// One more than is wanted, so that what comes after settles it.
    private static func pageSize(_ limit: Int, _ most: Int) -> Int { limit < most ? limit + 1 : most }
}

extension ObjectStorageDriver {
    /// All objects whose keys begin with a prefix, page by page.
    func forEachPage(
        under prefix: String,
        _ body: ([ObjectPage.Entry]) async throws(ObjectStoreError) -> Void
    ) async throws(ObjectStoreError) {
        var listing = ObjectListing(prefix, limit: store.bounds.listKeys)
        while true {
            let page = try await store.list(listing)
            if !page.objects.isEmpty { try await body(page.objects) }
            guard let next = page.next else { return }
            listing.token = next
            listing.after = page.objects.last?.key
        }
    }
}
