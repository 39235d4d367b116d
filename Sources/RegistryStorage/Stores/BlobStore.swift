//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryModel
import RegistryTelemetry

/// Blobs as a repository has them: content that the repository links to.
package struct BlobStore: Sendable {
    private let context: StoreContext
    private let links: LinkStore

    package init(_ context: StoreContext) {
        self.context = context
        self.links = LinkStore(context: context)
    }

    /// Opens a blob: two driver calls.
    /// - Throws: `BLOB_UNKNOWN` if the repository does not link to it, or the content is gone or damaged.
    package func open(
        _ digest: Digest,
        in name: RepositoryName
    ) async throws(RegistryError) -> any StoredContent {
        let target = try await target(of: digest, in: name, isRecent: true)
        let content = try await context.call(missing: Self.unknown(digest)) { () async throws(StorageError) in
            try await context.driver.open(DiskLayout.blob(target))
        }
        do {
            try check(content.size, of: target, in: name)
        } catch {
            content.close()
            throw error
        }
        return content
    }

    /// Where a client gets a blob, if not from here: two driver calls, and one that asks nobody.
    /// - Returns: the address and the size in bytes; nil where clients are not sent elsewhere.
    /// - Throws: as ``open(_:in:)``.
    package func location(of digest: Digest, in name: RepositoryName, for request: RedirectRequest)
        async throws(RegistryError) -> (url: String, size: Int64)?
    {
        guard context.driver.redirects || !context.redirects.isEmpty else { return nil }
        let target = try await target(of: digest, in: name, isRecent: !request.isHead)
        let path = DiskLayout.blob(target)
        let size = try await context.call(missing: Self.unknown(digest)) { () async throws(StorageError) in
            try await context.driver.stat(path).size
        }
        try check(size, of: target, in: name)
        let url = try await context.call { () async throws(StorageError) in
            try await context.redirects.address(of: path, for: request) { () async throws(StorageError) in
                try await context.driver.redirectURL(path, for: request)
            }
        }
        return url.map { ($0, size) }
    }

    /// Reads a range of a blob into memory.
    /// - Throws: `BLOB_UNKNOWN` if it ends before.
    package func read(
        _ range: Range<Int64>,
        of content: any StoredContent,
        _ digest: Digest,
        in name: RepositoryName
    ) async throws(RegistryError) -> ByteBuffer {
        let bytes = try await context.call { () async throws(StorageError) in
            try await content.read(at: range.lowerBound, count: range.count)
        }
        guard bytes.readableBytes == range.count else {
            let end = range.lowerBound + Int64(bytes.readableBytes)
            throw damaged(digest, in: name, "ends at byte \(end) of \(content.size)")
        }
        context.instruments.streamBytes[.read].add(Int64(range.count))
        return bytes
    }

    /// The size of a blob in bytes, as the storage has it.
    ///
    /// Who asks may rely on the answer for a while: what is there now is not collected in the next minutes.
    /// - Throws: `BLOB_UNKNOWN`, also for a blob that is damaged.
    package func size(of digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Int64 {
        await context.uses.use([digest])
        let target = try await target(of: digest, in: name)
        // Under another name of its content.
        if target != digest { await context.uses.use([target]) }
        let size = try await context.call(missing: Self.unknown(digest)) { () async throws(StorageError) in
            try await context.driver.stat(DiskLayout.blob(target)).size
        }
        try check(size, of: target, in: name)
        return size
    }

    /// Finds damage that shows without reading: a file whose size cannot be that of the content.
    ///
    /// Damaged content counts as absent, so that a client that has it pushes it again, which repairs it.
    private func check(_ size: Int64, of digest: Digest, in name: RepositoryName) throws(RegistryError) {
        if size == 0 {
            // What a crash leaves behind where files are not made durable before they get their names.
            guard !Self.emptyDigests.contains(digest) else { return }
            throw damaged(digest, in: name, "is empty")
        }
        guard let verified = context.verifiedSizes[digest], verified != size else { return }
        throw damaged(digest, in: name, "has \(size) bytes, not \(verified)")
    }

    private static let emptyDigests = DigestAlgorithm.allCases.map { ContentHasher($0).digest }

    private func damaged(_ digest: Digest, in name: RepositoryName, _ cause: String) -> RegistryError {
        context.noteDamaged(digest, in: name, cause)
        return RegistryError(.blobUnknown, detail: digest.description, cause: "the stored content \(cause)")
    }

    /// Whether a repository links to a blob whose content is there.
    package func exists(_ digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Bool {
        try await knownSize(of: digest, in: name) != nil
    }

    /// Nil if the repository does not link to it, or its content is not there.
    private func knownSize(of digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Int64? {
        do {
            return try await size(of: digest, in: name)
        } catch {
            guard error.code == .blobUnknown else { throw error }
            return nil
        }
    }

    /// Links a blob of another repository.
    /// - Returns: false if that repository does not have it.
    package func mount(
        _ digest: Digest,
        from source: RepositoryName,
        to name: RepositoryName,
        by origin: MutationOrigin = MutationOrigin()
    ) async throws(RegistryError) -> Bool {
        try await context.using(name, [digest]) { () async throws(RegistryError) in
            guard let size = try await knownSize(of: digest, in: source) else { return false }
            let blob = Descriptor(mediaType: .octetStream, digest: digest, size: size)
            let target = try await target(of: digest, in: source)
            guard target == digest else {
                // What it is called elsewhere is looked for once more, where it cannot go.
                return try await context.using(name, [target]) { () async throws(RegistryError) in
                    guard try await exists(digest, in: source) else { return false }
                    try await link(blob, to: target, in: name, from: source, by: origin)
                    return true
                }
            }
            try await link(blob, to: digest, in: name, from: source, by: origin)
            return true
        }
    }

    /// - Parameters:
    ///   - target: what its content is called.
    ///   - source: the repository that it comes from; nil where any may have it.
    private func link(
        _ blob: Descriptor,
        to target: Digest,
        in name: RepositoryName,
        from source: RepositoryName?,
        by origin: MutationOrigin
    ) async throws(RegistryError) {
        let digest = blob.digest
        let event = StorageEvent(.mount, .blob(blob), in: name, from: source)
        try await context.change([.layer(name, digest)], by: origin, telling: [event]) {
            (changes) async throws(RegistryError) in
            try await links.set(DiskLayout.layerLink(name, digest), to: target)
            changes.append(.layerLinked(name, digest, target: target))
        }
    }

    /// Links a blob that any repository may have pushed.
    /// - Returns: false if the content is not there.
    package func mount(
        _ digest: Digest,
        to name: RepositoryName,
        by origin: MutationOrigin = MutationOrigin()
    ) async throws(RegistryError) -> Bool {
        try await context.using(name, [digest]) { () async throws(RegistryError) in
            let size: Int64
            do throws(StorageError) {
                size = try await context.driver.stat(DiskLayout.blob(digest)).size
            } catch {
                guard error.code == .notFound else { throw context.registryError(error) }
                return false
            }
            do { try check(size, of: digest, in: name) } catch { return false }
            let blob = Descriptor(mediaType: .octetStream, digest: digest, size: size)
            try await link(blob, to: digest, in: name, from: nil, by: origin)
            return true
        }
    }

    /// Removes a repository's link.
    ///
    /// The content stays until nothing needs it and it is collected.
    /// - Throws: `BLOB_UNKNOWN`.
    package func delete(
        _ digest: Digest,
        in name: RepositoryName,
        by origin: MutationOrigin = MutationOrigin()
    ) async throws(RegistryError) {
        let event = StorageEvent(.delete, .deletedBlob(digest), in: name)
        try await context.change([.layer(name, digest)], by: origin, telling: [event]) {
            (changes) async throws(RegistryError) in
            try await context.call(missing: Self.unknown(digest)) { () async throws(StorageError) in
                try await context.driver.remove(DiskLayout.layerLink(name, digest).parent)
            }
            changes.append(.layerUnlinked(name, digest))
        }
    }

    private func target(of digest: Digest, in name: RepositoryName, isRecent: Bool = false)
        async throws(RegistryError) -> Digest
    {
        let link = DiskLayout.layerLink(name, digest)
        guard let target = try await links.target(of: link, named: digest, isRecent: isRecent) else {
            throw Self.unknown(digest)
        }
        return target
    }

    private static func unknown(_ digest: Digest) -> RegistryError {
        RegistryError(.blobUnknown, detail: digest.description)
    }
}
