//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

// What is told of a namespace with all below it, or of one repository. Names in a namespace lie between `a/` and `a0`, since
// a zero follows the slash.

extension LedgerTables {
    /// A blob that is reached from a namespace, and by more than one repository in all.
    package struct SharedBlob: Sendable, Equatable {
        package var id: Int64
        package var digest: Digest
        package var size: Int64
        /// Repositories that reach it.
        package var repositories: Int64
        /// Those of them in the namespace.
        package var inside: Int64
    }

    /// The greatest by what copies for each repository would take.
    package func sharedBlobs(in scope: String, limit: Int) throws(LedgerError) -> [SharedBlob] {
        var found: [SharedBlob] = []
        try each(
            """
            SELECT blobs.id, blobs.digest, blobs.size, blobs.repository_count, count(*)
            FROM repositories CROSS JOIN repository_blobs ON repository_blobs.repository = repositories.id
            JOIN blobs ON blobs.id = repository_blobs.blob
            WHERE (name = ?1 OR name > ?1 || '/' AND name < ?1 || '0')
                AND blobs.repository_count > 1 AND blobs.size > 0
            GROUP BY blobs.id ORDER BY blobs.size * (blobs.repository_count - 1) DESC, blobs.id LIMIT ?2
            """,
            [.text(scope), .integer(Int64(limit))]
        ) { row in
            guard let digest = row.digest(1) else { return }
            found.append(
                SharedBlob(
                    id: row.integer(0),
                    digest: digest,
                    size: row.integer(2),
                    repositories: row.integer(3),
                    inside: row.integer(4)
                )
            )
        }
        return found
    }

    /// Names of repositories that reach a blob.
    /// - Parameter isInside: whether those in the namespace are meant, or those outside.
    package func repositories(
        reaching blob: Int64,
        in scope: String,
        isInside: Bool,
        limit: Int
    ) throws(LedgerError) -> [String] {
        var found: [String] = []
        try each(
            """
            SELECT name FROM repository_blobs INDEXED BY repository_blobs_blob
            JOIN repositories ON repositories.id = repository_blobs.repository
            WHERE repository_blobs.blob = ?1
                AND (name = ?2 OR name > ?2 || '/' AND name < ?2 || '0') = ?3
            ORDER BY repository_blobs.repository LIMIT ?4
            """,
            [.integer(blob), .text(scope), .truth(isInside), .integer(Int64(limit))]
        ) { found.append($0.text(0)) }
        return found
    }

    /// The deduplicated bytes of the repositories in a namespace, added up, on each of some days.
    ///
    /// A repository is kept only on days on which it has changed: on others it is as it was before.
    /// - Parameter days: since 1970, in their order.
    package func deduplicatedBytes(in scope: String, on days: [Int64]) throws(LedgerError) -> [Int64] {
        var changes: [Int64: Int64] = [:]
        var previous: (repository: Int64, bytes: Int64) = (0, 0)
        try each(
            """
            SELECT repository, day, repository_capacity_daily.deduplicated_bytes
            FROM repositories CROSS JOIN repository_capacity_daily ON repository = repositories.id
            WHERE name = ?1 OR name > ?1 || '/' AND name < ?1 || '0'
            ORDER BY repository, day
            """,
            [.text(scope)]
        ) { row in
            if previous.repository != row.integer(0) { previous = (row.integer(0), 0) }
            changes[row.integer(1), default: 0] += row.integer(2) - previous.bytes
            previous.bytes = row.integer(2)
        }
        var (sum, sums, rest) = (Int64(0), [Int64](), changes.sorted { $0.key < $1.key }[...])
        for day in days {
            while let change = rest.first, change.key <= day {
                sum += change.value
                rest = rest.dropFirst()
            }
            sums.append(sum)
        }
        return sums
    }
}
