//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// Where events are: in queues, and among the dead letters.

/// A row of a queue, or of the dead letters.
struct OutboxPlace {
    var position: Int64
    /// The position that the event came with.
    var event: Int64
    /// Of its body, in bytes.
    var size: Int64

    init(position: Int64, event: Int64, size: Int64) {
        self.position = position
        self.event = event
        self.size = size
    }

    /// Reads position, event and size.
    init(_ row: SQLiteRow) { self.init(position: row.integer(0), event: row.integer(1), size: row.integer(2)) }
}

extension SQLiteConnection {
    /// What its pages take, without those that are free.
    func usedBytes() throws(SQLiteError) -> Int64 {
        try first(
            """
            SELECT (page_count - freelist_count) * page_size
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size
            """
        ) { $0.integer(0) } ?? 0
    }

    func endpointID(_ name: String) throws(SQLiteError) -> Int64? {
        try first("SELECT id FROM outbox_endpoints WHERE name = ?1", .text(name)) { $0.integer(0) }
    }

    /// - Parameter name: nil for all.
    func endpoints(_ name: String?) throws(SQLiteError) -> [(id: Int64, name: String)] {
        try rows("SELECT id, name FROM outbox_endpoints WHERE ?1 IS NULL OR name = ?1", .optional(name)) {
            (id: $0.integer(0), name: $0.text(1))
        }
    }

    /// What an endpoint has in a state, in order; of what is delivered nobody keeps where it was.
    /// - Parameter position: only those behind it.
    func places(_ state: OutboxState, at endpoint: Int64, after position: Int64, limit: Int)
        throws(SQLiteError) -> [OutboxPlace]
    {
        let values: (SQLiteValue, SQLiteValue, SQLiteValue) =
            (.integer(endpoint), .integer(position), .integer(Int64(limit)))
        return switch state {
        case .pending:
            try rows(
                """
                SELECT position, event, size FROM outbox_queue WHERE endpoint = ?1 AND position > ?2
                ORDER BY position LIMIT ?3
                """,
                values.0,
                values.1,
                values.2
            ) { OutboxPlace($0) }
        case .dead:
            try rows(
                """
                SELECT position, event, size FROM dead_letters WHERE endpoint = ?1 AND position > ?2
                ORDER BY position LIMIT ?3
                """,
                values.0,
                values.1,
                values.2
            ) { OutboxPlace($0) }
        case .delivered: []
        }
    }

    /// Where an endpoint has an event.
    func places(_ state: OutboxState, at endpoint: Int64, of event: Int64) throws(SQLiteError) -> [OutboxPlace] {
        switch state {
        case .pending:
            // But for those that were put there again it is where it came.
            try rows(
                """
                SELECT position, event, size FROM outbox_queue WHERE endpoint = ?1 AND position = ?2 AND event = ?2
                UNION ALL
                SELECT position, event, size FROM outbox_queue WHERE event = ?2 AND position <> event AND endpoint = ?1
                """,
                .integer(endpoint),
                .integer(event)
            ) { OutboxPlace($0) }
        case .dead:
            try rows(
                "SELECT position, event, size FROM dead_letters WHERE event = ?2 AND endpoint = ?1",
                .integer(endpoint),
                .integer(event)
            ) { OutboxPlace($0) }
        case .delivered: []
        }
    }

    /// The position that an event came with; nil if it is not there.
    func event(_ id: String) throws(SQLiteError) -> Int64? {
        try first("SELECT position FROM outbox WHERE event_id = ?1", .text(id)) { $0.integer(0) }
    }

    /// What is known of an event at an endpoint.
    /// - Parameter endpoint: nil for none.
    /// - Returns: nil if it is not there any more.
    func outboxRow(_ state: OutboxState, _ place: OutboxPlace, at endpoint: (id: Int64, name: String)?)
        throws(SQLiteError) -> OutboxRow?
    {
        let known = try first(
            """
            SELECT position, event_id, repository, action, time, body, trace FROM outbox WHERE position = ?1
            """,
            .integer(place.event)
        ) { OutboxRow(endpoint: endpoint?.name, state: state, item: OutboxItem($0, endpoint?.name)) }
        guard var row = known else { return nil }
        row.item.position = place.position
        guard state == .dead, let endpoint else { return row }
        return try first(
            """
            SELECT reason, detail, died_at, attempts FROM dead_letters WHERE endpoint = ?1 AND position = ?2
            """,
            .integer(endpoint.id),
            .integer(place.position)
        ) {
            row.reason = $0.text(0)
            row.detail = $0.text(1)
            row.diedAt = $0.integer(2)
            row.attempts = Int($0.integer(3))
            return row
        }
    }

    /// Events that all have, in order.
    func deliveredEvents(after position: Int64, limit: Int) throws(SQLiteError) -> [OutboxRow] {
        try rows(
            """
            SELECT position, event_id, repository, action, time, body, trace FROM outbox
            WHERE uses = 0 AND position > ?1 ORDER BY position LIMIT ?2
            """,
            .integer(position),
            .integer(Int64(limit))
        ) { OutboxRow(endpoint: nil, state: .delivered, item: OutboxItem($0, nil)) }
    }
}
