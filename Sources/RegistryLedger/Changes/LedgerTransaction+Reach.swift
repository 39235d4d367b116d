//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// Which repository reaches which blob, and the sums that follow.
///
/// Only where a repository begins or ceases to reach a blob do sums change, and then those of one other repository at
/// most: the one that was alone with the blob, or is alone with it now.
extension LedgerTransaction {
    private struct Standing {
        /// 0 for what is not there.
        var size: Int64
        var count: Int64
        var combined: Int64
    }

    private func standing(of blob: Int64) throws(SQLiteError) -> Standing {
        try database.first(
            "SELECT size, repository_count, repository_xor FROM blobs WHERE id = ?1",
            .integer(blob)
        ) { Standing(size: $0.integer(0), count: $0.integer(1), combined: $0.integer(2)) }
            ?? Standing(size: 0, count: 0, combined: 0)
    }

    /// A manifest of the repository names the blob once more.
    func reach(_ blob: Int64, from repository: Int64) throws(SQLiteError) {
        let known = try database.run(
            "UPDATE repository_blobs SET reference_count = reference_count + 1 WHERE repository = ?1 AND blob = ?2",
            .integer(repository),
            .integer(blob)
        )
        guard known == 0 else { return }
        try database.run(
            "INSERT INTO repository_blobs (repository, blob, reference_count) VALUES (?1, ?2, 1)",
            .integer(repository),
            .integer(blob)
        )
        let before = try standing(of: blob)
        try combine(blob, repository, 1)
        let isAlone = before.count == 0
        try add(before.size, exclusive: isAlone ? before.size : 0, blobs: 1, to: repository)
        // It shares the blob from now on.
        if before.count == 1 { try add(0, exclusive: -before.size, blobs: 0, to: before.combined) }
    }

    /// A manifest of the repository names the blob no more.
    func leave(_ blob: Int64, from repository: Int64) throws(SQLiteError) {
        try database.run(
            "UPDATE repository_blobs SET reference_count = reference_count - 1 WHERE repository = ?1 AND blob = ?2",
            .integer(repository),
            .integer(blob)
        )
        let isGone = try database.run(
            "DELETE FROM repository_blobs WHERE repository = ?1 AND blob = ?2 AND reference_count <= 0",
            .integer(repository),
            .integer(blob)
        )
        guard isGone > 0 else { return }
        let before = try standing(of: blob)
        try combine(blob, repository, -1)
        let wasAlone = before.count == 1
        try add(-before.size, exclusive: wasAlone ? -before.size : 0, blobs: -1, to: repository)
        // It is alone with the blob from now on.
        if before.count == 2 { try add(0, exclusive: before.size, blobs: 0, to: before.combined ^ repository) }
    }

    // MARK: Sizes

    /// - Parameter size: nil for content that is not there.
    func setSize(of digest: Digest, _ size: Int64?) throws(SQLiteError) {
        guard size != nil else {
            if let blob = try knownBlob(digest) { try setSize(blob, nil) }
            return
        }
        try setSize(try blob(digest), size)
    }

    func setSize(_ blob: Int64, _ size: Int64?) throws(SQLiteError) {
        let before = try standing(of: blob)
        try database.run("UPDATE blobs SET size = ?2 WHERE id = ?1", .integer(blob), .optional(size))
        let difference = (size ?? 0) - before.size
        guard difference != 0, before.count > 0 else { return }
        try database.run(
            """
            UPDATE repositories SET deduplicated_bytes = deduplicated_bytes + ?2
            WHERE id IN (SELECT repository FROM repository_blobs WHERE blob = ?1)
            """,
            .integer(blob),
            .integer(difference)
        )
        if before.count == 1 {
            try database.run(
                "UPDATE repositories SET exclusive_bytes = exclusive_bytes + ?2 WHERE id = ?1",
                .integer(before.combined),
                .integer(difference)
            )
        }
    }

    // MARK: Sums

    private func combine(_ blob: Int64, _ repository: Int64, _ count: Int64) throws(SQLiteError) {
        // SQLite has no exclusive or: it is what one of two has, without what both have.
        try database.run(
            """
            UPDATE blobs SET repository_count = repository_count + ?3,
                repository_xor = (repository_xor | ?2) - (repository_xor & ?2)
            WHERE id = ?1
            """,
            .integer(blob),
            .integer(repository),
            .integer(count)
        )
    }

    private func add(_ bytes: Int64, exclusive: Int64, blobs: Int64, to repository: Int64) throws(SQLiteError) {
        try database.run(
            """
            UPDATE repositories SET deduplicated_bytes = deduplicated_bytes + ?2,
                exclusive_bytes = exclusive_bytes + ?3, blob_count = blob_count + ?4
            WHERE id = ?1
            """,
            .integer(repository),
            .integer(bytes),
            .integer(exclusive),
            .integer(blobs)
        )
    }
}
