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

        package init(
            bytes: ByteBuffer,
            mediaType: MediaType?,
            expected: Digest?,
            tags: [Tag],
            fixedTags: Set<Tag> = []
        ) {
            self.bytes = bytes
            self.mediaType = mediaType
            self.expected = expected
            self.tags = tags
            self.fixedTags = fixedTags
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
        // Of pushes that come at once only one may find such a tag unset. In one order, so that two that have several
        // tags do not wait for each other.
        let fixed = push.fixedTags.map { DiskLayout.currentLink(name, $0) }.sorted { $0.description < $1.description }
        for path in fixed { await context.fixedTags.lock(path.description) }
        defer { for path in fixed { context.fixedTags.unlock(path.description) } }
        for tag in push.fixedTags {
            let current = try await links.target(of: DiskLayout.currentLink(name, tag))
            guard current == nil || current == digest else { throw .tagImmutable(tag) }
        }
        try await checkReferences(of: facts, in: name)
        _ = try await context.call { () async throws(StorageError) in
            try await context.driver.replace(DiskLayout.blob(digest), with: push.bytes, .durable)
        }
        try await links.set(DiskLayout.revisionLink(name, digest), to: digest)
        for tag in push.tags {
            // A tag is listed as soon as its folder is there, so what it points to comes first.
            try await links.set(DiskLayout.currentLink(name, tag), to: digest)
            // The history of a tag answers no request; what it costs to make it durable buys nothing.
            try await links.set(DiskLayout.indexLink(name, tag, digest), to: digest, .volatile)
        }
        return remember(StoredManifest(digest: digest, bytes: push.bytes, facts: facts))
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
        isFixed: (Tag) -> Bool = { _ in false }
    ) async throws(RegistryError) {
        guard try await links.target(of: DiskLayout.revisionLink(name, digest), named: digest) != nil else {
            throw Self.unknown(.digest(digest))
        }
        var pointing: [Tag] = []
        for tag in try await tags.all(in: name) {
            guard try await links.target(of: DiskLayout.currentLink(name, tag)) == digest else { continue }
            guard !isFixed(tag) else { throw .tagImmutable(tag) }
            pointing.append(tag)
        }
        for tag in pointing { try await tags.deleteIfPresent(tag, in: name) }
        try await context.call(missing: Self.unknown(.digest(digest))) { () async throws(StorageError) in
            try await context.driver.remove(DiskLayout.revisionLink(name, digest).parent)
        }
    }
}
