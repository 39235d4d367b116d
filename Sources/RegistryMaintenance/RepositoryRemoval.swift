//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
import RegistryTelemetry

/// Takes a repository out, with all its tags, manifests and links; content that others need stays, what nobody needs is
/// collected later.
package struct RepositoryRemoval: Sendable {
    private let context: StoreContext
    private let driver: any StorageDriver
    private let origin: MutationOrigin

    package init(_ context: StoreContext, driver: any StorageDriver, by origin: MutationOrigin) {
        self.context = context
        self.driver = driver
        self.origin = origin
    }

    /// What was taken out.
    package struct Result: Sendable, Equatable {
        /// Where it is in the trash.
        package var run: String
        package var tags = 0
        package var manifests = 0
        package var layers = 0
        package var uploads = 0

        package var json: JSONText {
            .object([
                ("run", .string(run)), ("tags", .number(Int64(tags))), ("manifests", .number(Int64(manifests))),
                ("layers", .number(Int64(layers))), ("uploads", .number(Int64(uploads))),
            ])
        }
    }

    /// Links in one piece.
    private static let pieceSize = 200

    /// Takes a repository out of the tree, whoever uses it: changes under way in it are waited for, and later ones make it
    /// anew.
    /// - Throws: `NAME_UNKNOWN`.
    package func remove(_ name: RepositoryName) async throws(RegistryError) -> Result {
        await context.uses.seize(name)
        defer { context.uses.release(name) }
        return try await takeOut(name, run: Trash.name(at: .now))
    }

    /// As `remove`, of one that the caller has claimed.
    ///
    /// Tags go first, then manifests, then links, so that what is left by a crash has no tag that leads to a part of an
    /// image; done again, it goes on.
    @discardableResult
    func takeOut(_ name: RepositoryName, run: String) async throws(RegistryError) -> Result {
        let repository = try await reading { () async throws(StorageError) in
            try await TreeReader(driver).repository(name)
        }
        guard repository.isListed || !repository.uploads.isEmpty else { throw .nameUnknown(name) }
        var result = Result(run: run)
        let tags = repository.tags.keys.compactMap { try? Tag($0) }
        try await move(tags, run) { (.tag(name, $0), DiskLayout.tag(name, $0), .tagRemoved(name, $0)) }
        let manifests = Array(repository.manifests)
        try await move(manifests, run) { digest in
            (
                .manifest(name, digest), DiskLayout.revisionLink(name, digest).parent,
                .manifestUnlinked(name, digest)
            )
        }
        let layers = Array(repository.layers.keys)
        try await move(layers, run) { digest in
            (.layer(name, digest), DiskLayout.layerLink(name, digest).parent, .layerUnlinked(name, digest))
        }
        // The item is for the journal, which looks up after a crash whether the repository is still listed.
        let item = StorageItem.layer(name, ContentHasher(.sha256).digest)
        try await context.change([item], by: origin) { (changes) async throws(RegistryError) in
            for folder in [DiskLayout.manifests(name), DiskLayout.layers(name), DiskLayout.uploads(name)] {
                do throws(StorageError) {
                    try await driver.remove(folder)
                } catch {
                    guard error.code == .notFound else { throw Self.error(error) }
                }
            }
            for id in repository.uploads { changes.append(.uploadEnded(name, id)) }
            changes.append(.repositoryUnlisted(name.description))
        }
        result.tags = tags.count
        result.manifests = manifests.count
        result.layers = layers.count
        result.uploads = repository.uploads.count
        return result
    }

    private func move<Item: Sendable>(
        _ all: [Item],
        _ run: String,
        _ facts: (Item) -> (item: StorageItem, path: StoragePath, change: StorageChange)
    ) async throws(RegistryError) {
        for start in stride(from: 0, to: all.count, by: Self.pieceSize) {
            let piece = all[start..<min(start + Self.pieceSize, all.count)].map(facts)
            let moves = piece.compactMap { part in
                DiskLayout.trashed(run, part.path).map { StorageMove(part.path, to: $0) }
            }
            let events = piece.compactMap { StorageEvent(removing: $0.item) }
            try await context.change(piece.map(\.item), by: origin, telling: events) {
                (changes) async throws(RegistryError) in
                _ = try await reading { () async throws(StorageError) in try await driver.move(all: moves) }
                changes += piece.map(\.change)
            }
        }
    }

    private func reading<Output: Sendable>(
        _ body: () async throws(StorageError) -> Output
    ) async throws(RegistryError) -> Output {
        do { return try await body() } catch { throw Self.error(error) }
    }

    private static func error(_ error: StorageError) -> RegistryError {
        RegistryError(.unknown, detail: "the storage failed", cause: error.description)
    }
}
