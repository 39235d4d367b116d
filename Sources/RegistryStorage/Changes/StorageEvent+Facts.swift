//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Whether an item is there, and where it leads.
package struct StorageFact: Sendable, Hashable {
    package var item: StorageItem
    /// What is there: the digest that a tag leads to, the item's own otherwise; nil if nothing is.
    package var digest: Digest?

    package init(_ item: StorageItem, _ digest: Digest?) {
        self.item = item
        self.digest = digest
    }
}

extension StorageEvent {
    /// What is so in the storage if what it tells of was made.
    package var fact: StorageFact {
        switch subject {
        case .manifest(let manifest, let tag?): StorageFact(.tag(repository, tag), manifest.digest)
        case .manifest(let manifest, nil): StorageFact(.manifest(repository, manifest.digest), manifest.digest)
        case .blob(let blob): StorageFact(.layer(repository, blob.digest), blob.digest)
        case .deletedManifest(let digest): StorageFact(.manifest(repository, digest), nil)
        case .deletedBlob(let digest): StorageFact(.layer(repository, digest), nil)
        case .deletedTag(let tag): StorageFact(.tag(repository, tag), nil)
        }
    }

    /// That something is removed; nil for what others are not told of.
    package init?(removing item: StorageItem) {
        switch item {
        case .manifest(let name, let digest): self.init(.delete, .deletedManifest(digest), in: name)
        case .tag(let name, let tag): self.init(.delete, .deletedTag(tag), in: name)
        case .layer(let name, let digest): self.init(.delete, .deletedBlob(digest), in: name)
        case .blob, .upload: return nil
        }
    }
}

extension StorageChange {
    /// What is so in the storage after it; nil for what no event is about.
    package var fact: StorageFact? {
        switch self {
        case .layerLinked(let name, let digest, target: _): StorageFact(.layer(name, digest), digest)
        case .layerUnlinked(let name, let digest): StorageFact(.layer(name, digest), nil)
        case .manifestLinked(let name, let manifest):
            StorageFact(.manifest(name, manifest.digest), manifest.digest)
        case .manifestUnlinked(let name, let digest): StorageFact(.manifest(name, digest), nil)
        case .tagSet(let name, let tag, let digest): StorageFact(.tag(name, tag), digest)
        case .tagRemoved(let name, let tag): StorageFact(.tag(name, tag), nil)
        case .blobStored, .blobRemoved, .uploadBegun, .uploadEnded, .repositoryListed, .repositoryUnlisted: nil
        }
    }
}
