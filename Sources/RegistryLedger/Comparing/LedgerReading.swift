//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// What the tables say, in the form in which the storage is read.
struct LedgerReading {
    let database: SQLiteConnection

    func repository(_ name: RepositoryName) throws(SQLiteError) -> TreeReader.Repository {
        var found = TreeReader.Repository()
        guard let id = try database.repositoryID(name.description) else { return found }
        found.isListed =
            try database.first("SELECT is_listed FROM repositories WHERE id = ?1", .integer(id)) { $0.integer(0) } == 1
        let layers = try database.rows(
            """
            SELECT blobs.digest, targets.digest FROM layer_links
            JOIN blobs ON blobs.id = layer_links.blob JOIN blobs AS targets ON targets.id = layer_links.target
            WHERE layer_links.repository = ?1
            """,
            .integer(id)
        ) { ($0.digest(0), $0.digest(1)) }
        for case (let digest?, let target?) in layers { found.layers[digest] = target }
        let manifests = try database.rows(
            """
            SELECT blobs.digest FROM manifest_links JOIN blobs ON blobs.id = manifest_links.manifest
            WHERE manifest_links.repository = ?1
            """,
            .integer(id)
        ) { $0.digest(0) }
        found.manifests = Set(manifests.compactMap(\.self))
        let tags = try database.rows(
            """
            SELECT tags.name, blobs.digest FROM tags LEFT JOIN blobs ON blobs.id = tags.manifest
            WHERE tags.repository = ?1
            """,
            .integer(id)
        ) { ($0.text(0), $0.digest(1)) }
        for (tag, digest) in tags { found.tags.updateValue(digest, forKey: tag) }
        let uploads = try database.rows("SELECT id FROM uploads WHERE repository = ?1", .integer(id)) { $0.text(0) }
        found.uploads = Set(uploads.compactMap { try? UploadID($0) })
        return found
    }

    /// The sizes of all content that is there and whose digest begins with a byte.
    func shard(_ algorithm: DigestAlgorithm, _ byte: UInt8) throws(SQLiteError) -> [Digest: Int64] {
        let mark = DigestKey.mark(of: algorithm)
        let end: [UInt8] = byte == 255 ? [mark + 1] : [mark, byte + 1]
        let rows = try database.rows(
            "SELECT digest, size FROM blobs WHERE digest >= ?1 AND digest < ?2 AND size IS NOT NULL",
            .blob([mark, byte]),
            .blob(end)
        ) { ($0.digest(0), $0.integer(1)) }
        var sizes: [Digest: Int64] = [:]
        for case (let digest?, let size) in rows { sizes[digest] = size }
        return sizes
    }

    /// Those of some digests of which it is kept what they say.
    func knownManifests(_ digests: [Digest]) throws(SQLiteError) -> Set<Digest> {
        var known: Set<Digest> = []
        for digest in digests {
            let isKnown = try database.first(
                "SELECT 1 FROM manifests WHERE id = (SELECT id FROM blobs WHERE digest = ?1)",
                .digest(digest)
            ) { _ in true }
            if isKnown == true { known.insert(digest) }
        }
        return known
    }

    /// Names of repositories of which the tables have anything, between two texts.
    /// - Parameter end: nil for no end.
    func repositories(after last: String, before end: String?) throws(SQLiteError) -> [String] {
        // Above all names: no byte of UTF-8 is so high.
        let end = end.map { SQLiteValue.text($0) } ?? .blob([255])
        return try database.rows(
            """
            SELECT name FROM repositories WHERE name > ?1 AND name < ?2 AND (
                is_listed = 1 OR manifest_count > 0 OR tag_count > 0
                OR EXISTS (SELECT 1 FROM layer_links WHERE repository = repositories.id)
                OR EXISTS (SELECT 1 FROM uploads WHERE repository = repositories.id)
            ) ORDER BY name
            """,
            .text(last),
            end
        ) { $0.text(0) }
    }

    /// When uploads began; those that do not say are left out.
    func uploadTimes(in name: RepositoryName) throws(SQLiteError) -> [UploadID: Int64] {
        guard let id = try database.repositoryID(name.description) else { return [:] }
        var times: [UploadID: Int64] = [:]
        let rows = try database.rows(
            "SELECT id, began_at FROM uploads WHERE repository = ?1 AND began_at IS NOT NULL",
            .integer(id)
        ) { ($0.text(0), $0.integer(1)) }
        for (text, time) in rows { if let id = try? UploadID(text) { times[id] = time } }
        return times
    }
}

extension SQLiteConnection {
    /// The id of a repository; nil for a name that never was.
    func repositoryID(_ name: String) throws(SQLiteError) -> Int64? {
        try first("SELECT id FROM repositories WHERE name = ?1", .text(name)) { $0.integer(0) }
    }

    /// What the ledger has noted of itself.
    func meta(_ name: String) throws(SQLiteError) -> String? {
        try first("SELECT value FROM meta WHERE name = ?1", .text(name)) { $0.text(0) }
    }
}
