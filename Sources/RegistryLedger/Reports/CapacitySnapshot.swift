//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// How much there was on a day, in bytes.
package struct CapacitySnapshot: Sendable, Equatable {
    /// Days since 1970, in UTC.
    package var day: Int64
    package var takenAt: WallTime
    package var logical: Int64 = 0
    package var referenced: Int64 = 0
    package var unreferenced: Int64 = 0
    /// Nil where nobody could tell.
    package var uploading: Int64?
    package var repositories: Int64 = 0
    package var manifests: Int64 = 0
    package var tags: Int64 = 0
    package var blobs: Int64 = 0
    /// Of the file system; nil where the storage has none.
    package var total: Int64?
    package var free: Int64?

    package init(day: Int64, takenAt: WallTime) {
        self.day = day
        self.takenAt = takenAt
    }

    /// What is known to be on the disk.
    package var physical: Int64 { referenced + unreferenced + (uploading ?? 0) }
}

extension LedgerTables {
    /// What the tables have now.
    package func snapshot(at time: WallTime) throws(LedgerError) -> CapacitySnapshot {
        var snapshot = CapacitySnapshot(day: time.microseconds / UsageCounter.dayLength, takenAt: time)
        try each(
            """
            SELECT coalesce(sum(CASE WHEN repository_count > 0 THEN size END), 0),
                coalesce(sum(CASE WHEN repository_count = 0 THEN size END), 0), count(size) FROM blobs
            """
        ) { row in
            snapshot.referenced = row.integer(0)
            snapshot.unreferenced = row.integer(1)
            snapshot.blobs = row.integer(2)
        }
        try each(
            """
            SELECT coalesce(sum(logical_bytes), 0), coalesce(sum(is_listed), 0), coalesce(sum(manifest_count), 0),
                coalesce(sum(tag_count), 0) FROM repositories
            """
        ) { row in
            snapshot.logical = row.integer(0)
            snapshot.repositories = row.integer(1)
            snapshot.manifests = row.integer(2)
            snapshot.tags = row.integer(3)
        }
        return snapshot
    }

    /// The snapshots since a day, the oldest first.
    package func snapshots(since day: Int64) throws(LedgerError) -> [CapacitySnapshot] {
        var found: [CapacitySnapshot] = []
        try each(
            """
            SELECT day, taken_at, logical_bytes, referenced_bytes, unreferenced_bytes, uploading_bytes, repositories,
                manifests, tags, blobs, total_bytes, free_bytes
            FROM capacity_daily WHERE day >= ?1 ORDER BY day
            """,
            [.integer(day)]
        ) { row in
            var snapshot = CapacitySnapshot(day: row.integer(0), takenAt: WallTime(microseconds: row.integer(1)))
            snapshot.logical = row.integer(2)
            snapshot.referenced = row.integer(3)
            snapshot.unreferenced = row.integer(4)
            snapshot.uploading = row.optionalInteger(5)
            snapshot.repositories = row.integer(6)
            snapshot.manifests = row.integer(7)
            snapshot.tags = row.integer(8)
            snapshot.blobs = row.integer(9)
            snapshot.total = row.optionalInteger(10)
            snapshot.free = row.optionalInteger(11)
            found.append(snapshot)
        }
        return found
    }

    /// What repositories had at the end of a day, or of the last one before on which it is known.
    /// - Parameter body: told the repository's id, and its bytes.
    package func eachRepositoryThen(
        _ day: Int64,
        _ body: (_ repository: Int64, _ logical: Int64, _ deduplicated: Int64, _ exclusive: Int64) -> Void
    ) throws(LedgerError) {
        try each(
            """
            SELECT repository, logical_bytes, deduplicated_bytes, exclusive_bytes, max(day)
            FROM repository_capacity_daily WHERE day <= ?1 GROUP BY repository
            """,
            [.integer(day)]
        ) { body($0.integer(0), $0.integer(1), $0.integer(2), $0.integer(3)) }
    }
}
