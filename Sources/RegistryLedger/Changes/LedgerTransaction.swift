//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// Changes of the ledger's tables, within one transaction of the thread that writes.
///
/// Each says what is so from now on, and does nothing where it is so already.
struct LedgerTransaction {
    let database: SQLiteConnection
    /// For what is noted with a time: microseconds since 1970.
    let time: Int64
    let outbox: OutboxTally

    // MARK: Names

    /// The repository's id, which it keeps for ever.
    func repository(_ name: String) throws(SQLiteError) -> Int64 {
        if let id = try database.repositoryID(name) { return id }
        try database.run("INSERT INTO repositories (name) VALUES (?1)", .text(name))
        return database.lastKey
    }

    func blob(_ digest: Digest) throws(SQLiteError) -> Int64 {
        if let id = try knownBlob(digest) { return id }
        try database.run("INSERT INTO blobs (digest) VALUES (?1)", .digest(digest))
        return database.lastKey
    }

    func knownBlob(_ digest: Digest) throws(SQLiteError) -> Int64? {
        try database.first("SELECT id FROM blobs WHERE digest = ?1", .digest(digest)) { $0.integer(0) }
    }

    // MARK: Facts about the ledger itself

    /// - Parameter value: nil takes it away.
    func setMeta(_ name: String, _ value: String?) throws(SQLiteError) {
        guard let value else {
            try database.run("DELETE FROM meta WHERE name = ?1", .text(name))
            return
        }
        try database.run(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            .text(name),
            .text(value)
        )
    }
}

extension LedgerTransaction {
    /// Makes the tables say what a change did.
    /// - Parameter origin: who did it; nil for what was only found out.
    func apply(_ change: StorageChange, by origin: MutationOrigin?) throws(SQLiteError) {
        switch change {
        case .blobStored(let digest, let size): try setSize(of: digest, size)
        case .blobRemoved(let digest): try setSize(of: digest, nil)
        case .layerLinked(let name, let digest, let target):
            try linkLayer(digest, to: target, in: repository(name.description), at: origin?.time.microseconds)
        case .layerUnlinked(let name, let digest): try unlinkLayer(digest, in: repository(name.description))
        case .manifestLinked(let name, let manifest):
            try linkManifest(
                ManifestEntry(manifest),
                in: repository(name.description),
                at: origin?.time.microseconds
            )
        case .manifestUnlinked(let name, let digest): try unlinkManifest(digest, in: repository(name.description))
        case .tagSet(let name, let tag, let digest):
            try setTag(tag.description, to: digest, in: repository(name.description), by: origin)
        case .tagRemoved(let name, let tag):
            try removeTag(tag.description, in: repository(name.description), by: origin)
        case .uploadBegun(let name, let id, let began):
            try noteUpload(id, began, in: repository(name.description))
        case .uploadEnded(let name, let id):
            guard let repository = try database.repositoryID(name.description) else { return }
            try database.run(
                "DELETE FROM uploads WHERE repository = ?1 AND id = ?2",
                .integer(repository),
                .text(id.description)
            )
        case .repositoryListed(let name): try list(repository(name), true)
        case .repositoryUnlisted(let name): try list(repository(name), false)
        }
    }

    func list(_ repository: Int64, _ isListed: Bool) throws(SQLiteError) {
        try database.run(
            "UPDATE repositories SET is_listed = ?2 WHERE id = ?1 AND is_listed != ?2",
            .integer(repository),
            .truth(isListed)
        )
    }

    private func noteUpload(_ id: UploadID, _ began: WallTime?, in repository: Int64) throws(SQLiteError) {
        try database.run(
            "INSERT INTO uploads (repository, id, began_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            .integer(repository),
            .text(id.description),
            .optional(began?.microseconds)
        )
    }
}
