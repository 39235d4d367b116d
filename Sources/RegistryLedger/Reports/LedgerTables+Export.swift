//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

// Whole tables for exports, row by row. A body returns false to end it.

extension LedgerTables {
    /// A tag, and what it leads to.
    package struct TagRow: Sendable, Equatable {
        package var repository: String
        package var tag: String
        /// Nil for one that leads nowhere.
        package var digest: Digest?
        package var mediaType: String?
        /// What pulling it would name, in bytes.
        package var logical: Int64?
        package var changedAt: WallTime?
        package var usage: Usage
    }

    /// Goes through all tags, repository by repository.
    package func eachTag(_ body: (TagRow) -> Bool) throws(LedgerError) {
        try eachRow(
            """
            SELECT repositories.name, tags.name, blobs.digest, manifests.media_type, manifests.logical_bytes,
                tags.changed_at, coalesce(pulls, 0), coalesce(heads, 0), coalesce(pushes, 0), coalesce(sent_bytes, 0),
                coalesce(received_bytes, 0), last_pull, last_pull_by
            FROM tags CROSS JOIN repositories ON repositories.id = tags.repository
            LEFT JOIN blobs ON blobs.id = tags.manifest LEFT JOIN manifests ON manifests.id = tags.manifest
            LEFT JOIN usage_totals ON usage_totals.kind = 1 AND usage_totals.repository = tags.repository
                AND usage_totals.reference = tags.name
            ORDER BY tags.repository, tags.name
            """
        ) { row in
            body(
                TagRow(
                    repository: row.text(0),
                    tag: row.text(1),
                    digest: row.digest(2),
                    mediaType: row.optionalText(3),
                    logical: row.optionalInteger(4),
                    changedAt: row.optionalInteger(5).map { WallTime(microseconds: $0) },
                    usage: Usage(row, from: 6)
                )
            )
        }
    }

    /// Content that is there.
    package struct BlobRow: Sendable, Equatable {
        package var digest: Digest
        /// In bytes.
        package var size: Int64
        /// Of a manifest; nil for what is none.
        package var mediaType: String?
        /// How many repositories reach it.
        package var repositories: Int64
        /// When it was linked in a repository for the first and the last time, as far as that is known.
        package var firstPush: WallTime?
        package var lastPush: WallTime?
        /// Of a manifest, by any repository.
        package var lastPull: WallTime?
    }

    /// Goes through all content.
    ///
    /// Takes memory for two times a blob, and for the manifests that have been pulled.
    package func eachBlobRow(_ body: (BlobRow) -> Bool) throws(LedgerError) {
        let greatest = try wrap { () throws(SQLiteError) in
            try database.first("SELECT coalesce(max(id), 0) FROM blobs") { Int($0.integer(0)) } ?? 0
        }
        var (first, last) = (
            [Int64](repeating: .max, count: greatest + 1), [Int64](repeating: .min, count: greatest + 1)
        )
        func note(_ row: SQLiteRow) -> Bool {
            let (blob, time) = (Int(row.integer(0)), row.integer(1))
            guard first.indices.contains(blob) else { return true }
            first[blob] = min(first[blob], time)
            last[blob] = max(last[blob], time)
            return true
        }
        try eachRow("SELECT blob, linked_at FROM layer_links WHERE linked_at IS NOT NULL", note)
        try eachRow("SELECT manifest, linked_at FROM manifest_links WHERE linked_at IS NOT NULL", note)
        var pulls: [Digest: Int64] = [:]
        try eachRow(
            """
            SELECT reference, max(last_pull) FROM usage_totals WHERE kind = 2 AND last_pull IS NOT NULL
            GROUP BY reference
            """
        ) { row in
            if let digest = try? Digest(row.text(0)) { pulls[digest] = row.integer(1) }
            return true
        }
        try eachRow(
            """
            SELECT blobs.id, digest, blobs.size, media_type, repository_count
            FROM blobs LEFT JOIN manifests ON manifests.id = blobs.id WHERE blobs.size IS NOT NULL ORDER BY blobs.id
            """
        ) { row in
            guard let digest = row.digest(1), first.indices.contains(Int(row.integer(0))) else { return true }
            let (earliest, latest) = (first[Int(row.integer(0))], last[Int(row.integer(0))])
            return body(
                BlobRow(
                    digest: digest,
                    size: row.integer(2),
                    mediaType: row.optionalText(3),
                    repositories: row.integer(4),
                    firstPush: earliest == .max ? nil : WallTime(microseconds: earliest),
                    lastPush: latest == .min ? nil : WallTime(microseconds: latest),
                    lastPull: pulls[digest].map { WallTime(microseconds: $0) }
                )
            )
        }
    }

    /// The use of a day.
    package struct UsageRow: Sendable, Equatable {
        /// Days since 1970, in UTC.
        package var day: Int64
        package var repository: String
        /// `repository`, `tag` or `digest`.
        package var kind: String
        /// The tag or the digest; empty for the repository as a whole.
        package var reference: String
        package var usage: Usage
    }

    /// Goes through all use that is kept day by day.
    package func eachUsageRow(_ body: (UsageRow) -> Bool) throws(LedgerError) {
        let kinds = ["repository", "tag", "digest"]
        try eachRow(
            """
            SELECT day, repositories.name, kind, reference, pulls, heads, pushes, sent_bytes, received_bytes, last_pull,
                last_pull_by, clients
            FROM usage_daily CROSS JOIN repositories ON repositories.id = usage_daily.repository
            ORDER BY usage_daily.repository, kind, reference, day
            """
        ) { row in
            let kind = Int(row.integer(2))
            var usage = Usage(row, from: 4)
            usage.clients = ClientSketch(row.blob(11))
            return body(
                UsageRow(
                    day: row.integer(0),
                    repository: row.text(1),
                    kind: kinds.indices.contains(kind) ? kinds[kind] : "",
                    reference: row.text(3),
                    usage: usage
                )
            )
        }
    }

    /// Goes through all use by clients that is kept day by day.
    /// - Parameter body: told an empty name for those that were too many to be kept apart; `lastPull` is when they were
    ///   last seen.
    package func eachClientRow(_ body: (_ day: Int64, _ client: String, Usage) -> Bool) throws(LedgerError) {
        try eachRow(
            """
            SELECT day, client, pulls, heads, pushes, sent_bytes, received_bytes, last_seen, NULL
            FROM client_daily ORDER BY day, client
            """
        ) { body($0.integer(0), $0.text(1), Usage($0, from: 2)) }
    }

    private func eachRow(_ sql: StaticString, _ body: (SQLiteRow) -> Bool) throws(LedgerError) {
        try wrap { () throws(SQLiteError) in
            try database.each(sql) { (row) throws(SQLiteError) in body(row) }
        }
    }
}
