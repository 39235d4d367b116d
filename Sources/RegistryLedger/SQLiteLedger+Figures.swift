//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
import RegistryTelemetry

extension SQLiteLedger: Ledger {
    package func figures(after last: String?, limit: Int) async throws(LedgerError) -> [RepositoryFigures] {
        try await read { (reading) throws(SQLiteError) in
            try reading.database.rows(
                """
                SELECT name, logical_bytes, deduplicated_bytes, exclusive_bytes, blob_count, manifest_count, tag_count
                FROM repositories WHERE name > ?1 AND is_listed = 1 ORDER BY name LIMIT ?2
                """,
                .text(last ?? ""),
                .integer(Int64(limit))
            ) { row in
                var figures = RepositoryFigures(name: row.text(0))
                figures.logicalBytes = row.integer(1)
                figures.deduplicatedBytes = row.integer(2)
                figures.exclusiveBytes = row.integer(3)
                figures.blobs = row.integer(4)
                figures.manifests = row.integer(5)
                figures.tags = row.integer(6)
                return figures
            }
        }
    }

    package func history(of tag: Tag?, in name: RepositoryName, limit: Int) async throws(LedgerError) -> [TagMove] {
        try await read { (reading) throws(SQLiteError) in
            guard let repository = try reading.database.repositoryID(name.description) else { return [] }
            return try reading.database.rows(
                """
                SELECT tag, from_digest, to_digest, changed_at, actor, request FROM tag_history
                WHERE repository = ?1 AND (?2 IS NULL OR tag = ?2) ORDER BY id DESC LIMIT ?3
                """,
                .integer(repository),
                .optional(tag?.description),
                .integer(Int64(limit))
            ) { row in
                TagMove(
                    tag: row.text(0),
                    from: row.digest(1),
                    to: row.digest(2),
                    time: WallTime(microseconds: row.integer(3)),
                    actor: row.optionalText(4),
                    requestID: row.optionalText(5)
                )
            }
        }
    }
}
