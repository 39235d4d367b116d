//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
package import RegistryTelemetry
import Synchronization

// What is done once a day.

extension SQLiteLedger {
    /// Takes the day's snapshot, if there is none yet, and lets go of use that is older than is kept.
    ///
    /// Only what is known to be complete is worth keeping. What fails is tried again the next time.
    func keepDays(at time: WallTime = .now) async {
        let day = time.microseconds / UsageCounter.dayLength
        guard standing.state == .current, state.withLock({ $0.lastDay != day }) else { return }
        do throws(LedgerError) {
            let known = try await read { (reading) throws(SQLiteError) in
                try reading.database.first("SELECT max(day) FROM capacity_daily") { $0.optionalInteger(0) } ?? nil
            }
            if known.map({ $0 < day }) ?? true { try await takeSnapshot(at: time) }
            if let age = settings.usageAge { try await forgetUsage(before: day - age.components.seconds / 86_400) }
            state.withLock { $0.lastDay = day }
        } catch {
            // The ledger says itself when it fails.
        }
    }

    /// Keeps what there is now as the snapshot of its day.
    package func takeSnapshot(at time: WallTime) async throws(LedgerError) {
        var snapshot = try await report { (tables) throws(LedgerError) in try tables.snapshot(at: time) }
        snapshot.uploading = try await uploadingBytes()
        if let capacity = try? await driver.capacity() {
            snapshot.total = capacity.total
            snapshot.free = capacity.free
        }
        let greatest = try await report { (tables) throws(LedgerError) in try tables.greatestRepositoryID() }
        // In pieces, so that no change waits for long.
        let day = snapshot.day
        for first in stride(from: Int64(1), through: greatest, by: Int(Self.piece)) {
            try await writer.perform { (transaction) throws(SQLiteError) in
                try transaction.keepRepositories(first..<first + Self.piece, on: day)
            }
        }
        // Last, since it says that the day is done.
        try await writer.perform { [snapshot] (transaction) throws(SQLiteError) in try transaction.keep(snapshot) }
    }

    private static let piece: Int64 = 2000

    /// Sizes of the content of open uploads.
    package func uploadingBytes() async throws(LedgerError) -> Int64 {
        let uploads = try await report { (tables) throws(LedgerError) in try tables.openUploads() }
        return try await reading { () async throws(StorageError) in try await UploadSizes.sum(uploads, driver) }
    }

    func forgetUsage(before day: Int64) async throws(LedgerError) {
        for oldest in try await read({ (reading) throws(SQLiteError) in try reading.database.daysOfUse(before: day) }) {
            try await writer.perform { (transaction) throws(SQLiteError) in try transaction.forgetUsage(of: oldest) }
        }
        try await writer.perform { (transaction) throws(SQLiteError) in try transaction.forgetReferences(before: day) }
    }
}

extension SQLiteConnection {
    fileprivate func daysOfUse(before day: Int64) throws(SQLiteError) -> [Int64] {
        try rows(
            """
            SELECT DISTINCT day FROM usage_daily WHERE day < ?1 UNION SELECT DISTINCT day FROM client_daily WHERE day < ?1
            """,
            .integer(day)
        ) { $0.integer(0) }
    }
}

extension LedgerTransaction {
    fileprivate func keepRepositories(_ ids: Range<Int64>, on day: Int64) throws(SQLiteError) {
        try database.run(
            """
            INSERT INTO repository_capacity_daily
                (repository, day, logical_bytes, deduplicated_bytes, exclusive_bytes)
            SELECT id, ?3, logical_bytes, deduplicated_bytes, exclusive_bytes FROM repositories
            WHERE id >= ?1 AND id < ?2 AND (logical_bytes, deduplicated_bytes, exclusive_bytes) IS NOT (
                SELECT daily.logical_bytes, daily.deduplicated_bytes, daily.exclusive_bytes
                FROM repository_capacity_daily AS daily
                WHERE daily.repository = repositories.id ORDER BY daily.day DESC LIMIT 1)
            ON CONFLICT DO UPDATE SET logical_bytes = excluded.logical_bytes,
                deduplicated_bytes = excluded.deduplicated_bytes, exclusive_bytes = excluded.exclusive_bytes
            """,
            .integer(ids.lowerBound),
            .integer(ids.upperBound),
            .integer(day)
        )
    }

    fileprivate func keep(_ snapshot: CapacitySnapshot) throws(SQLiteError) {
        try database.run(
            """
            INSERT OR REPLACE INTO capacity_daily (day, taken_at, logical_bytes, referenced_bytes, unreferenced_bytes,
                uploading_bytes, repositories, manifests, tags, blobs, total_bytes, free_bytes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """,
            .integer(snapshot.day),
            .integer(snapshot.takenAt.microseconds),
            .integer(snapshot.logical),
            .integer(snapshot.referenced),
            .integer(snapshot.unreferenced),
            .optional(snapshot.uploading),
            .integer(snapshot.repositories),
            .integer(snapshot.manifests),
            .integer(snapshot.tags),
            .integer(snapshot.blobs),
            .optional(snapshot.total),
            .optional(snapshot.free)
        )
    }

    fileprivate func forgetUsage(of day: Int64) throws(SQLiteError) {
        try database.run("DELETE FROM usage_daily WHERE day = ?1", .integer(day))
        try database.run("DELETE FROM client_daily WHERE day = ?1", .integer(day))
    }

    /// Sums for tags and digests that are gone, and were not used since.
    fileprivate func forgetReferences(before day: Int64) throws(SQLiteError) {
        try database.run(
            """
            DELETE FROM usage_totals WHERE kind = 1 AND last_day < ?1 AND NOT EXISTS (
                SELECT 1 FROM tags WHERE tags.repository = usage_totals.repository AND name = reference)
            """,
            .integer(day)
        )
        try database.run("DELETE FROM usage_totals WHERE kind = 2 AND last_day < ?1", .integer(day))
    }
}
