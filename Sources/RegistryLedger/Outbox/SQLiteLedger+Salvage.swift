//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage

// A ledger that is damaged is made anew out of the storage, but what it kept for others stands nowhere else.

extension SQLiteLedger {
    /// Takes over what can still be read of events in a file that was set aside.
    func salvageEvents(from path: String) async {
        var position: Int64 = 0
        while true {
            let start = position
            let pieces = try? await writer.output { (transaction) throws(SQLiteError) -> Int64? in
                let events = DamagedOutbox.events(path, after: start)
                for event in events { try transaction.release(event.entry) }
                return events.last?.position
            }
            guard let last = pieces ?? nil else { break }
            position = last
        }
        try? await writer.perform { (transaction) throws(SQLiteError) in
            for (intent, event) in DamagedOutbox.promises(path) {
                try transaction.promise([event.fact.item], intent)
                try transaction.promise([event], of: intent)
            }
        }
    }
}

private enum DamagedOutbox {
    /// Those that wait, in pieces; none from where it cannot be read.
    static func events(_ path: String, after position: Int64) -> [(position: Int64, entry: OutboxEntry)] {
        guard let database = try? SQLiteConnection(path, .reading) else { return [] }
        let events = try? database.rows(
            """
            SELECT position, event_id, repository, action, time, body, trace,
                (SELECT group_concat(name, char(10)) FROM outbox_endpoints
                    WHERE EXISTS (SELECT 1 FROM outbox_queue
                            WHERE endpoint = outbox_endpoints.id AND outbox_queue.position = outbox.position
                                AND event = outbox.position)
                        OR outbox_endpoints.id IN (SELECT endpoint FROM outbox_queue
                            WHERE event = outbox.position AND outbox_queue.position <> event))
            FROM outbox WHERE position > ?1 AND uses > 0 ORDER BY position LIMIT 500
            """,
            .integer(position)
        ) { row in
            var entry = OutboxItem(row, nil).entry
            entry.endpoints = (row.optionalText(7) ?? "").split(separator: "\n").map(String.init)
            return (position: row.integer(0), entry: entry)
        }
        return events ?? []
    }

    static func promises(_ path: String) -> [(intent: Int64, event: PromisedEvent)] {
        guard let database = try? SQLiteConnection(path, .reading),
            let intents = try? database.rows("SELECT DISTINCT intent FROM promised_events", as: { $0.integer(0) })
        else { return [] }
        let tables = LedgerTransaction(database: database, time: 0, outbox: OutboxTally())
        return intents.flatMap { intent in
            ((try? tables.promises(of: intent)) ?? []).compactMap { $0 }.map { (intent, $0) }
        }
    }
}
