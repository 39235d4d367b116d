//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

// Promising events, and what becomes of them.

extension LedgerTransaction {
    /// Keeps the events of a change that is about to be made.
    func promise(_ events: [PromisedEvent], of intent: Int64) throws(SQLiteError) {
        for (number, event) in events.enumerated() {
            try database.run(
                """
                INSERT INTO promised_events (intent, number, item, digest, event_id, repository, action, time, body, trace,
                    endpoints)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING
                """,
                .integer(intent),
                .integer(Int64(number)),
                .text(event.fact.item.text),
                .optional(event.fact.digest),
                .text(event.entry.id),
                .text(event.entry.repository),
                .text(event.entry.action.rawValue),
                .integer(event.entry.time),
                .text(event.entry.body),
                .text(event.entry.trace),
                .text(event.entry.endpoints.joined(separator: "\n"))
            )
        }
    }

    /// What was promised with a change, in order; nil in place of what this version does not know.
    func promises(of intent: Int64) throws(SQLiteError) -> [PromisedEvent?] {
        try database.rows(
            """
            SELECT item, digest, event_id, repository, action, time, body, trace, endpoints FROM promised_events
            WHERE intent = ?1 ORDER BY number
            """,
            .integer(intent)
        ) { row in
            guard let item = StorageItem(row.text(0)), let action = StorageEvent.Action(rawValue: row.text(4)) else {
                return nil
            }
            return PromisedEvent(
                fact: StorageFact(item, row.digest(1)),
                entry: OutboxEntry(
                    id: row.text(2),
                    repository: row.text(3),
                    action: action,
                    time: row.integer(5),
                    body: row.text(6),
                    trace: row.text(7),
                    endpoints: row.text(8).split(separator: "\n").map(String.init)
                )
            )
        }
    }

    /// Lets go of what was promised with a change, whatever became of it.
    func forgetPromises(of intent: Int64) throws(SQLiteError) {
        try database.run("DELETE FROM promised_events WHERE intent = ?1", .integer(intent))
    }

    /// Puts an event that has come true into the queues of all that it is for; nothing if it was there already.
    func release(_ entry: OutboxEntry) throws(SQLiteError) {
        let position = try outbox.nextPosition(in: database)
        let isNew = try database.run(
            """
            INSERT INTO outbox (position, event_id, repository, action, time, came_at, body, trace, uses)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (event_id) DO NOTHING
            """,
            .integer(position),
            .text(entry.id),
            .text(entry.repository),
            .text(entry.action.rawValue),
            .integer(entry.time),
            .integer(time),
            .text(entry.body),
            .text(entry.trace),
            .integer(Int64(entry.endpoints.count))
        )
        guard isNew > 0 else { return }
        let size = Int64(entry.body.utf8.count)
        for name in entry.endpoints {
            try enqueue(position, position, size, at: try endpoint(name))
        }
    }

    /// Puts an event into a queue.
    func enqueue(_ event: Int64, _ position: Int64, _ size: Int64, at endpoint: Int64) throws(SQLiteError) {
        try database.run(
            "INSERT INTO outbox_queue (endpoint, position, event, size) VALUES (?1, ?2, ?3, ?4)",
            .integer(endpoint),
            .integer(position),
            .integer(event),
            .integer(size)
        )
        outbox.add(.init(waiting: 1, bytes: size), to: endpoint)
    }

    func endpoint(_ name: String) throws(SQLiteError) -> Int64 { try outbox.endpoint(name, in: database) }
}
