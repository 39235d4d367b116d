//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

extension LedgerTables {
    /// Use, of as many days as are asked for.
    package struct Usage: Sendable, Equatable {
        /// Manifests sent.
        package var pulls: Int64 = 0
        /// HEAD requests for manifests.
        package var heads: Int64 = 0
        package var pushes: Int64 = 0
        package var sentBytes: Int64 = 0
        package var receivedBytes: Int64 = 0
        package var clients = ClientSketch()
        /// The last GET or HEAD of a manifest.
        package var lastPull: WallTime?
        package var lastPullBy: String?

        package init() {}

        /// - Parameter first: the column of the pulls, with the others behind it.
        init(_ row: SQLiteRow, from first: Int32) {
            pulls = row.integer(first)
            heads = row.integer(first + 1)
            pushes = row.integer(first + 2)
            sentBytes = row.integer(first + 3)
            receivedBytes = row.integer(first + 4)
            lastPull = row.optionalInteger(first + 5).map { WallTime(microseconds: $0) }
            lastPullBy = row.optionalText(first + 6)
        }

        package mutating func add(_ other: Usage) {
            pulls += other.pulls
            heads += other.heads
            pushes += other.pushes
            sentBytes += other.sentBytes
            receivedBytes += other.receivedBytes
            clients.join(other.clients)
            guard let time = other.lastPull, time.microseconds >= lastPull?.microseconds ?? .min else { return }
            lastPull = time
            lastPullBy = other.lastPullBy
        }
    }

    /// All use of repositories that is known, by their ids.
    package func eachTotalUsage(_ body: (_ repository: Int64, Usage) -> Void) throws(LedgerError) {
        try each(
            """
            SELECT repository, pulls, heads, pushes, sent_bytes, received_bytes, last_pull, last_pull_by
            FROM usage_totals WHERE kind = 0 ORDER BY repository
            """
        ) { body($0.integer(0), Usage($0, from: 1)) }
    }

    /// All use of the tags of a repository, or of its digests.
    /// - Parameter kind: as `UsageReference` has it.
    package func totalUsage(ofTagsIn repository: Int64) throws(LedgerError) -> [String: Usage] {
        var found: [String: Usage] = [:]
        try each(
            """
            SELECT reference, pulls, heads, pushes, sent_bytes, received_bytes, last_pull, last_pull_by
            FROM usage_totals WHERE kind = 1 AND repository = ?1
            """,
            [.integer(repository)]
        ) { found[$0.text(0)] = Usage($0, from: 1) }
        return found
    }

    /// All use of a repository that is known.
    package func totalUsage(of repository: Int64) throws(LedgerError) -> Usage? {
        var found: Usage?
        try each(
            """
            SELECT pulls, heads, pushes, sent_bytes, received_bytes, last_pull, last_pull_by
            FROM usage_totals WHERE kind = 0 AND repository = ?1
            """,
            [.integer(repository)]
        ) { found = Usage($0, from: 0) }
        return found
    }

    /// Use of repositories day by day, by their ids.
    ///
    /// One search a repository, behind which its days are side by side: an index by day would search for every row.
    /// - Parameter day: the first, in days since 1970.
    package func eachDailyUsage(
        since day: Int64,
        _ body: (_ repository: Int64, _ day: Int64, Usage) -> Void
    ) throws(LedgerError) {
        try each(
            """
            SELECT repository, day, pulls, heads, pushes, sent_bytes, received_bytes, last_pull, last_pull_by, clients
            FROM repositories CROSS JOIN usage_daily
            ON repository = repositories.id AND kind = 0 AND reference = '' AND day >= ?1
            """,
            [.integer(day)]
        ) { row in
            var usage = Usage(row, from: 2)
            usage.clients = ClientSketch(row.blob(9))
            body(row.integer(0), row.integer(1), usage)
        }
    }

    /// Use by clients since a day: users, or addresses of those that need not say who they are.
    ///
    /// `lastPull` is when they were last seen.
    /// - Parameter body: told an empty name for those that were too many to be kept apart.
    package func eachClient(since day: Int64, _ body: (_ client: String, Usage) -> Void) throws(LedgerError) {
        try each(
            """
            SELECT client, sum(pulls), sum(heads), sum(pushes), sum(sent_bytes), sum(received_bytes), max(last_seen),
                NULL
            FROM client_daily WHERE day >= ?1 GROUP BY client
            """,
            [.integer(day)]
        ) { body($0.text(0), Usage($0, from: 1)) }
    }
}
