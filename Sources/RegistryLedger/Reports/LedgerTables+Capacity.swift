//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

extension LedgerTables {
    /// A repository, and what is kept current of it, in bytes.
    package struct Repository: Sendable, Equatable {
        package var id: Int64
        package var name: String
        package var logical: Int64
        package var deduplicated: Int64
        package var exclusive: Int64
        package var blobs: Int64
        package var manifests: Int64
        package var tags: Int64
        package var lastPush: WallTime?

        fileprivate init(_ row: SQLiteRow) {
            id = row.integer(0)
            name = row.text(1)
            logical = row.integer(2)
            deduplicated = row.integer(3)
            exclusive = row.integer(4)
            blobs = row.integer(5)
            manifests = row.integer(6)
            tags = row.integer(7)
            lastPush = row.optionalInteger(8).map { WallTime(microseconds: $0) }
        }
    }

    /// Repositories that are listed, or that reach something all the same, in byte order of their names.
    package func repositories() throws(LedgerError) -> [Repository] {
        var found: [Repository] = []
        try each(
            """
            SELECT id, name, logical_bytes, deduplicated_bytes, exclusive_bytes, blob_count, manifest_count, tag_count,
                last_push
            FROM repositories WHERE is_listed = 1 OR blob_count > 0 ORDER BY name
            """
        ) { found.append(Repository($0)) }
        return found
    }

    /// The repositories that hold the most, the greatest first.
    package func largest(_ limit: Int) throws(LedgerError) -> [CapacityNumbers.Repository] {
        var found: [CapacityNumbers.Repository] = []
        try each(
            """
            SELECT name, deduplicated_bytes, exclusive_bytes FROM repositories WHERE blob_count > 0
            ORDER BY deduplicated_bytes DESC, name LIMIT ?1
            """,
            [.integer(Int64(limit))]
        ) { row in
            found.append(.init(name: row.text(0), deduplicated: row.integer(1), exclusive: row.integer(2)))
        }
        return found
    }

    /// - Returns: nil for one that is neither listed nor reaches anything.
    package func repository(_ name: String) throws(LedgerError) -> Repository? {
        try wrap { () throws(SQLiteError) in
            try database.first(
                """
                SELECT id, name, logical_bytes, deduplicated_bytes, exclusive_bytes, blob_count, manifest_count,
                    tag_count, last_push
                FROM repositories WHERE name = ?1 AND (is_listed = 1 OR blob_count > 0)
                """,
                .text(name)
            ) { Repository($0) }
        }
    }

    /// The greatest id that a repository has, and so the size of tables by id.
    package func greatestRepositoryID() throws(LedgerError) -> Int64 {
        try wrap { () throws(SQLiteError) in
            try database.first("SELECT coalesce(max(id), 0) FROM repositories") { $0.integer(0) } ?? 0
        }
    }

    /// Goes through all blobs, each with the repositories that reach it.
    ///
    /// Two passes over indexes side by side, without a lookup or an allocation a row.
    /// - Parameters:
    ///   - places: what stands for a repository, by its id; what is out of bounds or negative is left out.
    ///   - body: told the size, nil for content that is not there, and the places, which it may change. False ends it.
    package func eachBlob(
        _ places: [Int32],
        _ body: (_ size: Int64?, _ reached: inout [Int32]) -> Bool
    ) throws(LedgerError) {
        try wrap { () throws(SQLiteError) in
            let blobs = try database.cursor("SELECT id, size FROM blobs ORDER BY id")
            let pairs = try database.cursor(
                """
                SELECT blob, repository FROM repository_blobs INDEXED BY repository_blobs_blob ORDER BY blob, repository
                """
            )
            var pair = try pairs.next()
            var reached: [Int32] = []
            while let blob = try blobs.next() {
                let id = blob.integer(0)
                reached.removeAll(keepingCapacity: true)
                while let row = pair {
                    let owner = row.integer(0)
                    guard owner <= id else { break }
                    if owner == id, let index = Int(exactly: row.integer(1)), index >= 0, index < places.count,
                        places[index] >= 0
                    {
                        reached.append(places[index])
                    }
                    pair = try pairs.next()
                }
                guard body(blob.optionalInteger(1), &reached) else { return }
            }
        }
    }

    /// Sizes of what no repository reaches: all of it, and what a garbage collection may take.
    /// - Parameter youngest: what was linked after this is spared.
    package func unreferenced(youngest: WallTime) throws(LedgerError) -> (bytes: Int64, reclaimable: Int64) {
        try wrap { () throws(SQLiteError) in
            try database.first(
                """
                SELECT coalesce(sum(size), 0), coalesce(sum(CASE WHEN EXISTS (
                    SELECT 1 FROM layer_links WHERE layer_links.blob = blobs.id AND linked_at > ?1
                ) THEN 0 ELSE size END), 0)
                FROM blobs WHERE repository_count = 0 AND size IS NOT NULL
                """,
                .integer(youngest.microseconds)
            ) { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
        }
    }

    /// Uploads that are open.
    package func openUploads() throws(LedgerError) -> [(repository: String, id: String)] {
        var found: [(repository: String, id: String)] = []
        try each("SELECT name, uploads.id FROM uploads JOIN repositories ON repositories.id = repository") {
            found.append(($0.text(0), $0.text(1)))
        }
        return found
    }

    /// The digests of content that repositories reach, in their order.
    package func eachReferencedDigest(_ body: (Digest) -> Void) throws(LedgerError) {
        try each("SELECT digest FROM blobs WHERE repository_count > 0 AND size IS NOT NULL") { row in
            if let digest = row.digest(0) { body(digest) }
        }
    }
}
