//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryModel
package import RegistryTelemetry

/// Manifests as a repository has them, by digest and by tag.
///
/// Bytes and facts of a manifest never change under its digest, so both are kept in memory by digest; whether the
/// repository has it is asked of the storage each time, since other servers may work on the same tree.
package struct ManifestStore: Sendable {
    let context: StoreContext
    let links: LinkStore
    let blobs: BlobStore
    /// What is checked of manifests that are pushed.
    package var rules: ManifestRules
    private let cache: BoundedCache<Digest, StoredManifest>

    /// Bytes of a manifest that is read; larger content is none.
    package var maximumBytes: Int

    /// - Parameters:
    ///   - cacheEntries: the most manifests to keep in memory; 0 for no bound but that of bytes.
    ///   - maximumBytes: of a manifest that is read.
    ///   - rules: what is checked of manifests that are pushed.
    package init(
        _ context: StoreContext,
        cacheEntries: Int,
        maximumBytes: Int = ManifestFacts.maximumBytes,
        rules: ManifestRules = ManifestRules()
    ) {
        self.rules = rules
        self.maximumBytes = maximumBytes
        self.context = context
        self.links = LinkStore(context: context)
        self.blobs = BlobStore(context)
        self.cache = BoundedCache(maximumEntries: cacheEntries, maximumBytes: Self.maximumCacheBytes)
    }

    private static let maximumCacheBytes = 64 << 20

    /// A manifest, where it came from, and under which digest.
    package struct Found: Sendable {
        package let manifest: StoredManifest
        package let cache: CacheOutcome
    }

    /// Finds a manifest: one driver call where its bytes are in memory, two where not; none where the storage is asked over a
    /// network and has just been asked.
    /// - Throws: `MANIFEST_UNKNOWN`.
    package func get(_ reference: Reference, in name: RepositoryName) async throws(RegistryError) -> Found {
        try await load(try await resolve(reference, in: name, isRecent: true), in: name)
    }

    /// Finds a manifest for somebody who may rely on it for a while, as who asks with HEAD: it is not collected in the next
    /// minutes.
    package func find(_ reference: Reference, in name: RepositoryName) async throws(RegistryError) -> Found {
        let digest = try await resolve(reference, in: name, isRecent: true)
        await context.uses.use([digest])
        // A collection may have removed it in between.
        if context.uses.isCollecting { _ = try await resolve(reference, in: name) }
        return try await load(digest, in: name)
    }

    /// The digest that a reference stands for in a repository: one driver call.
    /// - Parameter isRecent: whether what it stood for a moment ago will do.
    /// - Throws: `MANIFEST_UNKNOWN`.
    package func resolve(_ reference: Reference, in name: RepositoryName, isRecent: Bool = false)
        async throws(RegistryError) -> Digest
    {
        let target =
            switch reference {
            case .tag(let tag): try await links.target(of: DiskLayout.currentLink(name, tag), isRecent: isRecent)
            case .digest(let digest):
                try await links.target(of: DiskLayout.revisionLink(name, digest), named: digest, isRecent: isRecent)
            }
        guard let target else { throw Self.unknown(reference) }
        return target
    }

    /// A manifest by the digest that a link led to.
    /// - Parameter name: the repository with the link.
    func load(_ digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Found {
        context.instruments.cacheRequests.add()
        let span = OpenSpan.begin()
        if let manifest = cache[digest] {
            span?.end(.cache(.hit))
            context.instruments.cacheHits.add()
            return Found(manifest: manifest, cache: .hit)
        }
        span?.end(.cache(.miss))
        context.instruments.cacheMisses.add()
        let missing = Self.unknown(.digest(digest))
        let bytes = try await context.call(missing: missing) { () async throws(StorageError) in
            try await context.driver.read(DiskLayout.blob(digest), limit: maximumBytes)
        }
        let actual = Self.digest(of: bytes, digest.algorithm)
        guard actual == digest else {
            // A crash of another server, or a fault of the disk; pushing again repairs it.
            context.instruments.cacheErrors.add()
            context.noteDamaged(
                digest,
                in: name,
                bytes.readableBytes == 0 ? "is empty" : "is \(actual), \(bytes.readableBytes) bytes long"
            )
            throw RegistryError(
                .manifestUnknown,
                detail: digest.description,
                cause: "the stored content is \(actual)"
            )
        }
        let facts: ManifestFacts
        do {
            facts = try ManifestFacts(bytes: bytes.readableBytesView, declared: nil)
        } catch {
            throw RegistryError(.manifestUnknown, detail: digest.description, cause: error.detail)
        }
        return Found(manifest: remember(StoredManifest(digest: digest, bytes: bytes, facts: facts)), cache: .miss)
    }

    static func digest(of bytes: ByteBuffer, _ algorithm: DigestAlgorithm) -> Digest {
        let span = OpenSpan.begin()
        defer { span?.end(.digest(bytes: Int64(bytes.readableBytes))) }
        var hasher = ContentHasher(algorithm)
        bytes.withUnsafeReadableBytes { hasher.update($0) }
        return hasher.digest
    }

    @discardableResult
    func remember(_ manifest: StoredManifest) -> StoredManifest {
        cache.insert(manifest, for: manifest.digest, bytes: manifest.bytes.readableBytes)
        return manifest
    }

    static func unknown(_ reference: Reference) -> RegistryError {
        RegistryError(.manifestUnknown, detail: reference.description)
    }
}

/// A manifest in memory: a class, so that handing it around counts one reference.
package final class StoredManifest: Sendable {
    package let digest: Digest
    package let bytes: ByteBuffer
    package let facts: ManifestFacts

    package init(digest: Digest, bytes: ByteBuffer, facts: ManifestFacts) {
        self.digest = digest
        self.bytes = bytes
        self.facts = facts
    }

    package var descriptor: Descriptor {
        Descriptor(mediaType: facts.mediaType, digest: digest, size: Int64(bytes.readableBytes))
    }
}
