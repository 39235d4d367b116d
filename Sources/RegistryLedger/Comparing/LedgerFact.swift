//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// What was seen of an item in the storage.
enum LedgerFact: Sendable {
    /// Bytes of content; nil for what is not there.
    case size(Digest, Int64?)
    case listed(RepositoryName, Bool)
    /// Where a link to a layer leads; nil without one.
    case layer(RepositoryName, Digest, Digest?)
    case linked(RepositoryName, ManifestEntry)
    /// Linked, and what it says is kept already.
    case linkedAgain(RepositoryName, Digest)
    case unlinked(RepositoryName, Digest)
    /// Where a tag leads.
    case tag(RepositoryName, String, Digest?)
    case noTag(RepositoryName, String)
    case upload(RepositoryName, UploadID)
    case noUpload(RepositoryName, UploadID)

    /// Nil for what no change is about.
    var item: StorageItem? {
        switch self {
        case .size(let digest, _): .blob(digest)
        case .listed: nil
        case .layer(let name, let digest, _): .layer(name, digest)
        case .linked(let name, let entry): .manifest(name, entry.digest)
        case .linkedAgain(let name, let digest), .unlinked(let name, let digest): .manifest(name, digest)
        case .tag(let name, let text, _), .noTag(let name, let text): (try? Tag(text)).map { .tag(name, $0) }
        case .upload(let name, let id), .noUpload(let name, let id): .upload(name, id)
        }
    }
}

extension LedgerTransaction {
    /// Makes the tables say what was seen.
    func apply(_ fact: LedgerFact) throws(SQLiteError) {
        switch fact {
        case .size(let digest, let size): try setSize(of: digest, size)
        case .listed(let name, let isListed): try list(repository(name.description), isListed)
        case .layer(let name, let digest, let target):
            let id = try repository(name.description)
            if let target {
                try linkLayer(digest, to: target, in: id, at: nil)
            } else {
                try unlinkLayer(digest, in: id)
            }
        case .linked(let name, let entry): try linkManifest(entry, in: repository(name.description), at: nil)
        case .linkedAgain(let name, let digest):
            guard let id = try knownBlob(digest) else { return }
            try linkKnownManifest(id, in: repository(name.description), at: nil)
        case .unlinked(let name, let digest): try unlinkManifest(digest, in: repository(name.description))
        case .tag(let name, let tag, let digest):
            try setTag(tag, to: digest, in: repository(name.description), by: nil)
        case .noTag(let name, let tag): try removeTag(tag, in: repository(name.description), by: nil)
        case .upload(let name, let id): try apply(.uploadBegun(name, id, nil), by: nil)
        case .noUpload(let name, let id): try apply(.uploadEnded(name, id), by: nil)
        }
    }
}
