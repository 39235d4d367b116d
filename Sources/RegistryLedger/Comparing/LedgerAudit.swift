//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Computes anew what the ledger keeps current at each change, and finds where it differs.
struct LedgerAudit {
    let database: SQLiteConnection

    private struct Sums: Equatable {
        var deduplicated: Int64 = 0
        var exclusive: Int64 = 0
        var blobs: Int64 = 0
        var logical: Int64 = 0
        var manifests: Int64 = 0
        var tags: Int64 = 0

        var columns: [(String, Int64)] {
            [
                ("deduplicated_bytes", deduplicated), ("exclusive_bytes", exclusive), ("blob_count", blobs),
                ("logical_bytes", logical), ("manifest_count", manifests), ("tag_count", tags),
            ]
        }
    }

    func differences() throws(SQLiteError) -> [LedgerDifference] { try reachDifferences() + sumDifferences() }

    /// Who reaches what, once more from the links.
    static let reach: StaticString = """
        SELECT repository, blob, count(*) AS reference_count FROM (
            SELECT repository, manifest AS blob FROM manifest_links
            UNION ALL
            SELECT manifest_links.repository, manifest_references.target FROM manifest_links
            JOIN manifest_references ON manifest_references.manifest = manifest_links.manifest
            UNION ALL
            SELECT repository, target FROM layer_links WHERE target != blob
        ) GROUP BY repository, blob ORDER BY repository, blob
        """

    private struct Reach: Equatable {
        let repository: Int64
        let blob: Int64
        let count: Int64

        init(_ row: SQLiteRow) {
            repository = row.integer(0)
            blob = row.integer(1)
            count = row.integer(2)
        }

        func precedes(_ other: Reach) -> Bool { (repository, blob) < (other.repository, other.blob) }
    }

    private func reachDifferences() throws(SQLiteError) -> [LedgerDifference] {
        // Both in one order, side by side: no more than the differences is held.
        let expected = try database.cursor(Self.reach)
        let kept = try database.cursor(
            "SELECT repository, blob, reference_count FROM repository_blobs ORDER BY repository, blob"
        )
        var found: [LedgerDifference] = []
        var (left, right) = (try expected.next().map(Reach.init), try kept.next().map(Reach.init))
        func note(_ reach: Reach, ledger: Int64?, storage: Int64?) {
            found.append(
                LedgerDifference(
                    "sum",
                    "#\(reach.repository)",
                    "references to blob #\(reach.blob)",
                    ledger: ledger.map { "\($0)" },
                    storage: storage.map { "\($0)" }
                )
            )
        }
        while left != nil || right != nil {
            if let one = left, right.map({ one.precedes($0) }) ?? true {
                note(one, ledger: nil, storage: one.count)
                left = try expected.next().map(Reach.init)
            } else if let other = right, left.map({ other.precedes($0) }) ?? true {
                note(other, ledger: other.count, storage: nil)
                right = try kept.next().map(Reach.init)
            } else if let one = left, let other = right {
                if one != other { note(one, ledger: other.count, storage: one.count) }
                left = try expected.next().map(Reach.init)
                right = try kept.next().map(Reach.init)
            }
        }
        return found
    }

    private func sumDifferences() throws(SQLiteError) -> [LedgerDifference] {
        var (sums, found) = ([Int64: Sums](), [LedgerDifference]())
        var blob: (id: Int64, size: Int64, repositories: [Int64], count: Int64, combined: Int64)?
        func conclude() {
            guard let blob else { return }
            for repository in blob.repositories {
                sums[repository, default: Sums()].deduplicated += blob.size
                sums[repository, default: Sums()].blobs += 1
            }
            if blob.repositories.count == 1 { sums[blob.repositories[0], default: Sums()].exclusive += blob.size }
            let combined = blob.repositories.reduce(0, ^)
            guard blob.count != blob.repositories.count || blob.combined != combined else { return }
            found.append(
                LedgerDifference(
                    "sum",
                    "",
                    "repositories of blob #\(blob.id)",
                    ledger: "\(blob.count) (\(blob.combined))",
                    storage: "\(blob.repositories.count) (\(combined))"
                )
            )
        }
        try database.each(
            """
            SELECT blobs.id, blobs.size, blobs.repository_count, blobs.repository_xor, repository_blobs.repository
            FROM blobs LEFT JOIN repository_blobs ON repository_blobs.blob = blobs.id
            ORDER BY blobs.id
            """
        ) { (row) throws(SQLiteError) in
            if blob?.id != row.integer(0) {
                conclude()
                blob = (row.integer(0), row.integer(1), [], row.integer(2), row.integer(3))
            }
            if let repository = row.optionalInteger(4) { blob?.repositories.append(repository) }
            return true
        }
        conclude()
        try database.each(
            """
            SELECT repository, count(*), sum(logical_bytes) FROM manifest_links
            JOIN manifests ON manifests.id = manifest GROUP BY repository
            """
        ) { (row) throws(SQLiteError) in
            sums[row.integer(0), default: Sums()].manifests = row.integer(1)
            sums[row.integer(0), default: Sums()].logical = row.integer(2)
            return true
        }
        try database.each("SELECT repository, count(*) FROM tags GROUP BY repository") { (row) throws(SQLiteError) in
            sums[row.integer(0), default: Sums()].tags = row.integer(1)
            return true
        }
        try database.each(
            """
            SELECT id, name, deduplicated_bytes, exclusive_bytes, blob_count, logical_bytes, manifest_count, tag_count
            FROM repositories
            """
        ) { (row) throws(SQLiteError) in
            let expected = sums[row.integer(0)] ?? Sums()
            for (column, (name, value)) in expected.columns.enumerated() {
                let kept = row.integer(Int32(column) + 2)
                guard kept != value else { continue }
                found.append(
                    LedgerDifference("sum", row.text(1), name, ledger: "\(kept)", storage: "\(value)")
                )
            }
            return true
        }
        return found
    }
}

extension LedgerTransaction {
    /// Computes anew all that follows from the links.
    func recompute() throws(SQLiteError) {
        let rows = try database.rows(LedgerAudit.reach) { ($0.integer(0), $0.integer(1), $0.integer(2)) }
        try database.run("DELETE FROM repository_blobs")
        try database.run("UPDATE blobs SET repository_count = 0, repository_xor = 0 WHERE repository_count != 0")
        try database.run(
            """
            UPDATE repositories SET deduplicated_bytes = 0, exclusive_bytes = 0, blob_count = 0,
                logical_bytes = (SELECT coalesce(sum(manifests.logical_bytes), 0) FROM manifest_links
                    JOIN manifests ON manifests.id = manifest_links.manifest
                    WHERE manifest_links.repository = repositories.id),
                manifest_count = (SELECT count(*) FROM manifest_links WHERE repository = repositories.id),
                tag_count = (SELECT count(*) FROM tags WHERE repository = repositories.id)
            """
        )
        for (repository, blob, count) in rows {
            try reach(blob, from: repository)
            guard count > 1 else { continue }
            try database.run(
                "UPDATE repository_blobs SET reference_count = ?3 WHERE repository = ?1 AND blob = ?2",
                .integer(repository),
                .integer(blob),
                .integer(count)
            )
        }
    }
}

extension SQLiteLedger {
    /// - Returns: what was computed wrongly.
    func audit(mends: Bool) async throws(LedgerError) -> [LedgerDifference] {
        let found = try await read { (reading) throws(SQLiteError) in
            try LedgerAudit(database: reading.database).differences()
        }
        if mends, !found.isEmpty {
            try await writer.perform { (transaction) throws(SQLiteError) in try transaction.recompute() }
        }
        return found
    }
}
