//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryModel
import RegistryTelemetry

/// Reads the tree as it is, for those who compare: quietly, and without anything in memory.
///
/// It takes for there what the stores serve: links that lead somewhere, and folders that are listed.
package struct TreeReader: Sendable {
    private let driver: any StorageDriver

    package init(_ driver: any StorageDriver) { self.driver = driver }

    /// All that a repository has.
    package struct Repository: Sendable, Equatable {
        /// Whether the catalogue has it.
        package var isListed = false
        /// Where each link to a layer leads.
        package var layers: [Digest: Digest] = [:]
        package var manifests: Set<Digest> = []
        /// Where each tag leads; nil for one that is listed and leads nowhere.
        package var tags: [String: Digest?] = [:]
        package var uploads: Set<UploadID> = []

        package init() {}
    }

    /// Reads a repository; without anything where there is none.
    package func repository(_ name: RepositoryName) async throws(StorageError) -> Repository {
        var found = try await withoutLayers(name)
        guard found.isListed else { return found }
        let layers = try await layers(of: name)
        for (digest, link) in zip(layers, try await links(layers.map { DiskLayout.layerLink(name, $0) })) {
            found.layers[digest] = link.flatMap { LinkStore.target($0, named: digest) }
        }
        return found
    }

    /// What a repository's links to layers are called, wherever they lead.
    package func layers(of name: RepositoryName) async throws(StorageError) -> [Digest] {
        var found: [Digest] = []
        for algorithm in DigestAlgorithm.allCases {
            found += try await digests(in: DiskLayout.layerLinks(name, algorithm), algorithm)
        }
        return found
    }

    /// Reads a repository but for its links to layers, which are most of its files.
    package func withoutLayers(_ name: RepositoryName) async throws(StorageError) -> Repository {
        let entries = try await entries(of: DiskLayout.repository(name))
        var found = Repository()
        found.isListed = DiskLayout.isRepository(entries)
        if found.isListed {
            for algorithm in DigestAlgorithm.allCases {
                let revisions = try await digests(in: DiskLayout.revisions(name, algorithm), algorithm)
                for (digest, link) in zip(
                    revisions,
                    try await links(revisions.map { DiskLayout.revisionLink(name, $0) })
                )
                where link.flatMap({ LinkStore.target($0, named: digest) }) != nil {
                    found.manifests.insert(digest)
                }
            }
            try await readTags(of: name, into: &found)
        }
        if DiskLayout.hasUploads(entries) { found.uploads = Set(try await uploads(of: name)) }
        return found
    }

    private func readTags(of name: RepositoryName, into found: inout Repository) async throws(StorageError) {
        var tags: [Tag] = []
        for entry in try await entries(of: DiskLayout.tags(name)) {
            guard let tag = try? Tag(entry.name) else {
                found.tags.updateValue(nil, forKey: entry.name)
                continue
            }
            tags.append(tag)
        }
        for (tag, link) in zip(tags, try await links(tags.map { DiskLayout.currentLink(name, $0) })) {
            found.tags.updateValue(link.flatMap { LinkStore.target($0, named: nil) }, forKey: tag.description)
        }
    }

    /// Many at a time, and not so many that others wait for long.
    private func links(_ paths: [StoragePath]) async throws(StorageError) -> [ByteBuffer?] {
        var links: [ByteBuffer?] = []
        for start in stride(from: 0, to: paths.count, by: Self.pieceSize) {
            let piece = Array(paths[start..<min(start + Self.pieceSize, paths.count)])
            links += try await driver.read(all: piece, limit: LinkStore.maximumBytes)
        }
        return links
    }

    private static let pieceSize = 200

    /// Whether a folder is a repository, as the catalogue has it.
    package func isListed(_ name: RepositoryName) async throws(StorageError) -> Bool {
        DiskLayout.isRepository(try await entries(of: DiskLayout.repository(name)))
    }

    // MARK: Items

    /// Where a link to a layer leads.
    package func layer(_ digest: Digest, in name: RepositoryName) async throws(StorageError) -> Digest? {
        try await target(of: DiskLayout.layerLink(name, digest), named: digest)
    }

    package func hasManifest(_ digest: Digest, in name: RepositoryName) async throws(StorageError) -> Bool {
        try await target(of: DiskLayout.revisionLink(name, digest), named: digest) != nil
    }

    /// Where a tag leads; the outer nil is for one that is not listed.
    package func tag(_ tag: Tag, in name: RepositoryName) async throws(StorageError) -> Digest?? {
        if let target = try await target(of: DiskLayout.currentLink(name, tag)) { return target }
        return try await size(of: DiskLayout.tag(name, tag)) == nil ? .none : .some(nil)
    }

    package func hasUpload(_ id: UploadID, in name: RepositoryName) async throws(StorageError) -> Bool {
        try await size(of: DiskLayout.upload(name, id)) != nil
    }

    private func uploads(of name: RepositoryName) async throws(StorageError) -> [UploadID] {
        try await entries(of: DiskLayout.uploads(name)).compactMap { $0.isFolder ? try? UploadID($0.name) : nil }
    }

    // MARK: Content

    /// Bytes of content; nil if it is not there.
    package func size(of digest: Digest) async throws(StorageError) -> Int64? {
        try await size(of: DiskLayout.blob(digest))
    }

    /// The sizes of all content whose digest begins with a byte.
    package func shard(_ algorithm: DigestAlgorithm, _ byte: UInt8) async throws(StorageError) -> [Digest: Int64] {
        var sizes: [Digest: Int64] = [:]
        let digests = try await digests(in: DiskLayout.blobShard(algorithm, byte), algorithm)
        for start in stride(from: 0, to: digests.count, by: Self.pieceSize) {
            let piece = digests[start..<min(start + Self.pieceSize, digests.count)]
            for (digest, size) in zip(piece, try await driver.sizes(of: piece.map { DiskLayout.blob($0) })) {
                sizes[digest] = size
            }
        }
        return sizes
    }

    /// Changes whenever content comes or goes; nil where the storage cannot tell.
    package func fingerprint() async throws(StorageError) -> String? {
        guard driver.changeTimesTellRemovals else { return nil }
        let folders = DigestAlgorithm.allCases.flatMap { algorithm in
            (0...255).map { DiskLayout.blobShard(algorithm, UInt8($0)) }
        }
        guard let times = try await driver.changeTimes(folders) else { return nil }
        var hasher = ContentHasher(.sha256)
        for time in times { withUnsafeBytes(of: time) { hasher.update($0) } }
        return String(hasher.digest.hex)
    }

    /// Reads a manifest; nil if it is not there, or is none.
    package func manifest(_ digest: Digest) async throws(StorageError) -> StoredManifest? {
        let bytes: ByteBuffer
        do {
            bytes = try await driver.read(DiskLayout.blob(digest), limit: ManifestFacts.maximumBytes)
        } catch {
            guard error.code == .notFound || error.code == .tooLarge else { throw error }
            return nil
        }
        guard ManifestStore.digest(of: bytes, digest.algorithm) == digest,
            let facts = try? ManifestFacts(bytes: bytes.readableBytesView, declared: nil)
        else { return nil }
        return StoredManifest(digest: digest, bytes: bytes, facts: facts)
    }

    // MARK: Reading

    private func digests(in folder: StoragePath, _ algorithm: DigestAlgorithm) async throws(StorageError) -> [Digest] {
        try await entries(of: folder).compactMap { try? Digest("\(algorithm.rawValue):\($0.name)") }
    }

    private func size(of path: StoragePath) async throws(StorageError) -> Int64? {
        do {
            return try await driver.stat(path).size
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    private func entries(of folder: StoragePath) async throws(StorageError) -> [FolderEntry] {
        do {
            return try await driver.list(folder, after: nil, limit: .max)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }

    private func target(of path: StoragePath, named digest: Digest? = nil) async throws(StorageError) -> Digest? {
        do {
            return LinkStore.target(try await driver.read(path, limit: LinkStore.maximumBytes), named: digest)
        } catch {
            guard error.code == .notFound || error.code == .tooLarge else { throw error }
            return nil
        }
    }
}
