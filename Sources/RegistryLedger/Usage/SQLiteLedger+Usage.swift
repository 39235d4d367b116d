//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
import RegistryTelemetry

extension LedgerTransaction {
    func add(_ count: UsageCounter.Count, for key: UsageCounter.Key) throws(SQLiteError) {
        let repository = try repository(key.repository.description)
        var clients = count.clients
        let known = try database.first(
            "SELECT clients FROM usage_daily WHERE repository = ?1 AND kind = ?2 AND reference = ?3 AND day = ?4",
            .integer(repository),
            .integer(key.reference.kind),
            .text(key.reference.text),
            .integer(key.day)
        ) { $0.blob(0) }
        if let known { clients.join(ClientSketch(known)) }
        try sum(count, for: key, in: repository)
        try database.run(
            """
            INSERT INTO usage_daily (repository, kind, reference, day, pulls, heads, pushes, sent_bytes, received_bytes,
                clients, last_pull, last_pull_by)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            ON CONFLICT (repository, kind, reference, day) DO UPDATE SET pulls = pulls + excluded.pulls,
                heads = heads + excluded.heads, pushes = pushes + excluded.pushes,
                sent_bytes = sent_bytes + excluded.sent_bytes, received_bytes = received_bytes + excluded.received_bytes,
                clients = excluded.clients, last_pull = coalesce(excluded.last_pull, last_pull),
                last_pull_by = coalesce(excluded.last_pull_by, last_pull_by)
            """,
            .integer(repository),
            .integer(key.reference.kind),
            .text(key.reference.text),
            .integer(key.day),
            .integer(count.pulls),
            .integer(count.heads),
            .integer(count.pushes),
            .integer(count.sentBytes),
            .integer(count.receivedBytes),
            .blob(clients.bytes),
            .optional(count.lastPull),
            .optional(count.lastPullBy)
        )
    }
}

extension LedgerTransaction {
    private func sum(_ count: UsageCounter.Count, for key: UsageCounter.Key, in repository: Int64) throws(SQLiteError) {
        try database.run(
            """
            INSERT INTO usage_totals (kind, repository, reference, pulls, heads, pushes, sent_bytes, received_bytes,
                last_pull, last_pull_by, last_day)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            ON CONFLICT (kind, repository, reference) DO UPDATE SET pulls = pulls + excluded.pulls,
                heads = heads + excluded.heads, pushes = pushes + excluded.pushes,
                sent_bytes = sent_bytes + excluded.sent_bytes, received_bytes = received_bytes + excluded.received_bytes,
                last_pull = max(coalesce(excluded.last_pull, last_pull), coalesce(last_pull, excluded.last_pull)),
                last_pull_by = CASE WHEN coalesce(excluded.last_pull, 0) >= coalesce(last_pull, 0)
                    THEN coalesce(excluded.last_pull_by, last_pull_by) ELSE last_pull_by END,
                last_day = max(last_day, excluded.last_day)
            """,
            .integer(key.reference.kind),
            .integer(repository),
            .text(key.reference.text),
            .integer(count.pulls),
            .integer(count.heads),
            .integer(count.pushes),
            .integer(count.sentBytes),
            .integer(count.receivedBytes),
            .optional(count.lastPull),
            .optional(count.lastPullBy),
            .integer(key.day)
        )
    }

    func add(_ count: ClientCounts.Count, for key: ClientCounts.Key) throws(SQLiteError) {
        try database.run(
            """
            INSERT INTO client_daily (day, client, pulls, heads, pushes, sent_bytes, received_bytes, last_seen)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (day, client) DO UPDATE SET pulls = pulls + excluded.pulls,
                heads = heads + excluded.heads, pushes = pushes + excluded.pushes,
                sent_bytes = sent_bytes + excluded.sent_bytes, received_bytes = received_bytes + excluded.received_bytes,
                last_seen = max(last_seen, excluded.last_seen)
            """,
            .integer(key.day),
            .text(key.client),
            .integer(count.pulls),
            .integer(count.heads),
            .integer(count.pushes),
            .integer(count.sentBytes),
            .integer(count.receivedBytes),
            .integer(count.lastSeen)
        )
    }
}

extension SQLiteLedger {
    /// Takes over what was counted in memory; what cannot be kept now is kept in memory.
    func takeUsage() async {
        guard standing.state == .current || standing.state == .catchingUp else { return }
        guard let usage = settings.usage else { return }
        let (counts, clients) = (usage.take(), usage.clients.take())
        guard !counts.isEmpty else { return }
        do throws(LedgerError) {
            try await writer.perform { (transaction) throws(SQLiteError) in
                for (key, count) in counts { try transaction.add(count, for: key) }
                for (key, count) in clients { try transaction.add(count, for: key) }
            }
        } catch {
            usage.giveBack(counts)
            usage.clients.giveBack(clients)
        }
    }

    package func usage(of name: RepositoryName, _ reference: UsageReference) async throws(LedgerError) -> [DailyUsage] {
        try await read { (reading) throws(SQLiteError) in
            guard let repository = try reading.database.repositoryID(name.description) else { return [] }
            return try reading.database.rows(
                """
                SELECT day, pulls, heads, pushes, sent_bytes, received_bytes, clients, last_pull, last_pull_by
                FROM usage_daily WHERE repository = ?1 AND kind = ?2 AND reference = ?3 ORDER BY day
                """,
                .integer(repository),
                .integer(reference.kind),
                .text(reference.text)
            ) { row in
                DailyUsage(
                    day: row.integer(0),
                    pulls: row.integer(1),
                    heads: row.integer(2),
                    pushes: row.integer(3),
                    sentBytes: row.integer(4),
                    receivedBytes: row.integer(5),
                    clients: ClientSketch(row.blob(6)).count,
                    lastPull: row.optionalInteger(7).map { WallTime(microseconds: $0) },
                    lastPullBy: row.optionalText(8)
                )
            }
        }
    }
}
