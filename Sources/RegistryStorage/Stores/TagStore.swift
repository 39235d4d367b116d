//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// The tags of a repository.
package struct TagStore: Sendable {
    private let context: StoreContext

    package init(_ context: StoreContext) { self.context = context }

    /// Tags in byte order.
    /// - Parameters:
    ///   - last: only tags after this text, which need not be a tag.
    ///   - limit: the most to return, nil for all.
    /// - Throws: `NAME_UNKNOWN` if nothing was ever pushed to the repository.
    package func list(
        in name: RepositoryName,
        after last: String?,
        limit: Int?
    ) async throws(RegistryError) -> Page<String> {
        // One more than asked for tells whether there is a next page.
        let wanted = limit.map { min($0, .max - 1) + 1 } ?? .max
        switch await context.index?.tags(in: name, after: last, limit: wanted) {
        case .tags(let tags): return Page(tags, limit: limit)
        case .noRepository: throw .nameUnknown(name)
        case nil: break
        }
        do {
            let entries = try await context.driver.list(DiskLayout.tags(name), after: last, limit: wanted)
            return Page(entries.map(\.name), limit: limit)
        } catch {
            guard error.code == .notFound else { throw context.registryError(error) }
        }
        let entries = try await context.call(missing: .nameUnknown(name)) { () async throws(StorageError) in
            try await context.driver.list(DiskLayout.repository(name), after: nil, limit: .max)
        }
        guard DiskLayout.isRepository(entries) else { throw .nameUnknown(name) }
        return Page([], limit: limit)
    }

    /// Removes a tag; the manifest it points to stays.
    /// - Parameter condition: asked while nobody can change the tag.
    /// - Returns: whether the condition held.
    /// - Throws: `MANIFEST_UNKNOWN`.
    @discardableResult
    package func delete(
        _ tag: Tag,
        in name: RepositoryName,
        by origin: MutationOrigin = MutationOrigin(),
        if condition: () async -> Bool = { true }
    ) async throws(RegistryError) -> Bool {
        let event = StorageEvent(.delete, .deletedTag(tag), in: name)
        return try await context.change([.tag(name, tag)], by: origin, telling: [event]) {
            (changes) async throws(RegistryError) in
            guard await condition() else { return false }
            try await context.call(missing: ManifestStore.unknown(.tag(tag))) { () async throws(StorageError) in
                try await context.driver.remove(DiskLayout.tag(name, tag))
            }
            changes.append(.tagRemoved(name, tag))
            return true
        }
    }

    func all(in name: RepositoryName) async throws(RegistryError) -> [Tag] {
        do {
            return try await list(in: name, after: nil, limit: nil).items.compactMap { try? Tag($0) }
        } catch {
            guard error.code == .nameUnknown else { throw error }
            return []
        }
    }
}

/// A piece of a listing.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]
    /// Whether there are further items after the last one here.
    package let hasMore: Bool

    /// Cuts what was found to the limit.
    /// - Parameter found: up to one item more than the limit.
    init(_ found: [Item], limit: Int?) {
        self.items = limit.map { Array(found.prefix($0)) } ?? found
        // A page of nothing leads nowhere: it has no last item to go on from.
        self.hasMore = limit.map { $0 > 0 && found.count > $0 } ?? false
    }
}
