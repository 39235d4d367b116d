//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Blobs as a repository has them: content that the repository links to.
package struct BlobStore: Sendable {
    private let context: StoreContext
    private let links: LinkStore

    package init(_ context: StoreContext) {
        self.context = context
        self.links = LinkStore(context: context)
    }

    /// Opens a blob: two driver calls.
    /// - Throws: `BLOB_UNKNOWN` if the repository does not link to it, or the content is gone.
    package func open(
        _ digest: Digest,
        in name: RepositoryName
    ) async throws(RegistryError) -> any StoredContent {
        let target = try await target(of: digest, in: name)
        return try await context.call(missing: Self.unknown(digest)) { () async throws(StorageError) in
            try await context.driver.open(DiskLayout.blob(target))
        }
    }

    /// The size of a blob in bytes, as the storage has it.
    /// - Throws: `BLOB_UNKNOWN`.
    package func size(of digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Int64 {
        let target = try await target(of: digest, in: name)
        return try await context.call(missing: Self.unknown(digest)) { () async throws(StorageError) in
            try await context.driver.stat(DiskLayout.blob(target)).size
        }
    }

    /// Whether a repository links to a blob whose content is there.
    package func exists(_ digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Bool {
        do {
            _ = try await size(of: digest, in: name)
            return true
        } catch {
            guard error.code == .blobUnknown else { throw error }
            return false
        }
    }

    /// Links a blob of another repository.
    /// - Returns: false if that repository does not have it.
    package func mount(
        _ digest: Digest,
        from source: RepositoryName,
        to name: RepositoryName
    ) async throws(RegistryError) -> Bool {
        guard try await exists(digest, in: source) else { return false }
        try await links.set(DiskLayout.layerLink(name, digest), to: try await target(of: digest, in: source))
        return true
    }

    /// Links a blob that any repository may have pushed.
    /// - Returns: false if the content is not there.
    package func mount(_ digest: Digest, to name: RepositoryName) async throws(RegistryError) -> Bool {
        do throws(StorageError) {
            _ = try await context.driver.stat(DiskLayout.blob(digest))
        } catch {
            guard error.code == .notFound else { throw context.registryError(error) }
            return false
        }
        try await links.set(DiskLayout.layerLink(name, digest), to: digest)
        return true
    }

    /// Removes a repository's link.
    ///
    /// The content stays until nothing needs it and it is collected.
    /// - Throws: `BLOB_UNKNOWN`.
    package func delete(_ digest: Digest, in name: RepositoryName) async throws(RegistryError) {
        try await context.call(missing: Self.unknown(digest)) { () async throws(StorageError) in
            try await context.driver.remove(DiskLayout.layerLink(name, digest).parent)
        }
    }

    private func target(of digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Digest {
        guard let target = try await links.target(of: DiskLayout.layerLink(name, digest), named: digest) else {
            throw Self.unknown(digest)
        }
        return target
    }

    private static func unknown(_ digest: Digest) -> RegistryError {
        RegistryError(.blobUnknown, detail: digest.description)
    }
}
