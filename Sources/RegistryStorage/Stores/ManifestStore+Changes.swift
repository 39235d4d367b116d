//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryModel
import RegistryTelemetry

extension ManifestStore {
    /// A manifest on its way in.
    package struct Push: Sendable {
        package var bytes: ByteBuffer
        /// The `Content-Type` of the request.
        package var mediaType: MediaType?
        /// The digest it must have; nil when it is pushed by tag.
        package var expected: Digest?
        package var tags: [Tag]
        /// Those of the tags that must not point to anything else already.
        package var fixedTags: Set<Tag>
        /// Who pushes it.
        package var origin: MutationOrigin

        package init(
            bytes: ByteBuffer,
            mediaType: MediaType?,
            expected: Digest?,
            tags: [Tag],
            fixedTags: Set<Tag> = [],
            origin: MutationOrigin = MutationOrigin()
        ) {
            self.bytes = bytes
            self.mediaType = mediaType
            self.expected = expected
            self.tags = tags
            self.fixedTags = fixedTags
            self.origin = origin
        }
    }

    /// Stores a manifest: content first, then the repository's link to it, then its tags, each durable before the next,
    /// so that whatever is visible is whole.
    /// - Throws: `MANIFEST_INVALID`, `DIGEST_INVALID`, `MANIFEST_BLOB_UNKNOWN`; `DENIED` for a fixed tag that points
    ///   elsewhere.
    package func put(_ push: Push, in name: RepositoryName) async throws(RegistryError) -> StoredManifest {
        let pushes = context.instruments.manifestPushes
        do {
            let manifest = try await store(push, in: name)
            pushes[ManifestTypeLabel(manifest.facts.mediaType)][.stored].add()
            return manifest
        } catch {
            pushes[ManifestTypeLabel(push.mediaType)][StoreResult(error)].add()
            throw error
        }
    }

    private func store(_ push: Push, in name: RepositoryName) async throws(RegistryError) -> StoredManifest {
        let facts = try ManifestFacts(bytes: push.bytes.readableBytesView, declared: push.mediaType)
        guard !facts.mediaType.isSchema1 else {
            throw .manifestInvalid("Docker schema 1 manifests are no longer accepted; push schema 2 or OCI")
        }
        try rules.check(facts)
        let digest = Self.digest(of: push.bytes, push.expected?.algorithm ?? .sha256)
        if let expected = push.expected, expected != digest {
            throw .digestInvalid("the content is \(digest), not \(expected)")
        }
        let manifest = StoredManifest(digest: digest, bytes: push.bytes, facts: facts)
        // Once each: nothing can be held twice.
        var tags: [Tag] = []
        for tag in push.tags where !tags.contains(tag) { tags.append(tag) }
        let items = [.blob(digest), .manifest(name, digest)] + tags.map { StorageItem.tag(name, $0) }
        // All that it needs stays from now on, if it is there.
        let needed = (facts.blobs + facts.manifests + (facts.subject.map { [$0] } ?? [])).map(\.digest)
        return try await context.using(name, [digest] + needed) { () async throws(RegistryError) in
            try await put(manifest, tags, items, push, in: name)
        }
    }

    private func put(
        _ manifest: StoredManifest,
        _ tags: [Tag],
        _ items: [StorageItem],
        _ push: Push,
        in name: RepositoryName
    ) async throws(RegistryError) -> StoredManifest {
        try await context.holding(items) { () async throws(RegistryError) in
            // Of pushes that come at once only one may find such a tag unset.
            for tag in push.fixedTags {
                let current = try await links.target(of: DiskLayout.currentLink(name, tag))
                guard current == nil || current == manifest.digest else { throw .tagImmutable(tag) }
            }
            try await checkReferences(of: manifest.facts, in: name)
            let events = Self.events(of: manifest, tags, in: name)
            try await context.journalled(items, by: push.origin, telling: events) {
                (changes) async throws(RegistryError) in
                try await write(manifest, tags, to: name, &changes)
            }
            return remember(manifest)
        }
    }

    /// One for each tag, as if it were pushed once for each.
    private static func events(of manifest: StoredManifest, _ tags: [Tag], in name: RepositoryName) -> [StorageEvent] {
        let tags: [Tag?] = tags.isEmpty ? [nil] : tags
        return tags.map { tag in
            StorageEvent(.push, .manifest(manifest.descriptor, tag: tag), in: name, manifest: manifest.bytes)
        }
    }

    private func write(
        _ manifest: StoredManifest,
        _ tags: [Tag],
        to name: RepositoryName,
        _ changes: inout [StorageChange]
    ) async throws(RegistryError) {
        let digest = manifest.digest
        _ = try await context.call { () async throws(StorageError) in
            try await context.driver.replace(DiskLayout.blob(digest), with: manifest.bytes, .durable)
        }
        try await links.set(DiskLayout.revisionLink(name, digest), to: digest)
        changes.append(.manifestLinked(name, manifest))
        for tag in tags {
            // A tag is listed as soon as its folder is there, so what it points to comes first.
            try await links.set(DiskLayout.currentLink(name, tag), to: digest)
            // The history of a tag answers no request; what it costs to make it durable buys nothing.
            try await links.set(DiskLayout.indexLink(name, tag, digest), to: digest, .volatile)
            changes.append(.tagSet(name, tag, digest))
        }
    }

    /// All that a manifest needs must be in the repository, as far as the rules say; its subject need not.
    private func checkReferences(of facts: ManifestFacts, in name: RepositoryName) async throws(RegistryError) {
        for blob in facts.blobs where !(try await blobs.exists(blob.digest, in: name)) {
            throw RegistryError(.manifestBlobUnknown, detail: "blob \(blob.digest)")
        }
        for (manifest, platform) in zip(facts.manifests, facts.platforms) where rules.needs(platform) {
            guard
                try await links.target(of: DiskLayout.revisionLink(name, manifest.digest), named: manifest.digest)
                    != nil
            else {
                throw RegistryError(.manifestBlobUnknown, detail: "manifest \(manifest.digest)")
            }
        }
    }

    /// Removes a manifest from a repository, with the tags that point to it.
    ///
    /// The content stays until it is collected.
    /// - Parameter isFixed: tags that must stay, and with them what they point to.
    /// - Throws: `MANIFEST_UNKNOWN`; `DENIED` for a fixed tag.
    package func delete(
        _ digest: Digest,
        in name: RepositoryName,
        tags: TagStore,
        by origin: MutationOrigin = MutationOrigin(),
        isFixed: (Tag) -> Bool = { _ in false }
    ) async throws(RegistryError) {
        try await context.holding([.manifest(name, digest)]) { () async throws(RegistryError) in
            guard try await links.target(of: DiskLayout.revisionLink(name, digest), named: digest) != nil else {
                throw Self.unknown(.digest(digest))
            }
            // None can come to point to it, since who pushes it waits.
            let pointing = try await self.pointing(to: digest, among: tags.all(in: name), in: name)
            try await context.holding(pointing.map { .tag(name, $0) }) { () async throws(RegistryError) in
                // Some may have been moved before they were held.
                let pointing = try await self.pointing(to: digest, among: pointing, in: name)
                for tag in pointing where isFixed(tag) { throw .tagImmutable(tag) }
                let items = [.manifest(name, digest)] + pointing.map { StorageItem.tag(name, $0) }
                let events =
                    [StorageEvent(.delete, .deletedManifest(digest), in: name)]
                    + pointing.map { StorageEvent(.delete, .deletedTag($0), in: name) }
                try await context.journalled(items, by: origin, telling: events) {
                    (changes) async throws(RegistryError) in
                    for tag in pointing {
                        try await removeIfPresent(DiskLayout.tag(name, tag))
                        changes.append(.tagRemoved(name, tag))
                    }
                    try await context.call(missing: Self.unknown(.digest(digest))) { () async throws(StorageError) in
                        try await context.driver.remove(DiskLayout.revisionLink(name, digest).parent)
                    }
                    changes.append(.manifestUnlinked(name, digest))
                }
            }
        }
    }

    private func pointing(to digest: Digest, among tags: [Tag], in name: RepositoryName) async throws(RegistryError)
        -> [Tag]
    {
        var pointing: [Tag] = []
        for tag in tags where try await links.target(of: DiskLayout.currentLink(name, tag)) == digest {
            pointing.append(tag)
        }
        return pointing
    }

    private func removeIfPresent(_ path: StoragePath) async throws(RegistryError) {
        do throws(StorageError) {
            try await context.driver.remove(path)
        } catch {
            guard error.code == .notFound else { throw context.registryError(error) }
        }
    }
}
