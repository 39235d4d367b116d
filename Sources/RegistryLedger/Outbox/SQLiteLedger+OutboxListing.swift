//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension SQLiteLedger: OutboxListing {
    package func list(endpoint: String?, state: OutboxState?, after position: Int64, limit: Int)
        async throws(LedgerError) -> [OutboxRow]
    {
        let states = state.map { [$0] } ?? OutboxState.allCases
        return try await read { (reading) throws(SQLiteError) in
            var rows: [OutboxRow] = []
            for state in states {
                rows += try reading.outboxRows(state, endpoint, after: position, limit: limit)
            }
            rows.sort { $0.item.position < $1.item.position }
            return Array(rows.prefix(limit))
        }
    }

    package func show(_ id: String) async throws(LedgerError) -> [OutboxRow] {
        try await read { (reading) throws(SQLiteError) in try reading.outboxRows(of: id) }
    }

    package func retry(_ ids: [String]?, of endpoint: String) async throws(LedgerError) -> Int64 {
        let count = try await inPieces(.dead, ids, endpoint) { (transaction, place, endpoint) throws(SQLiteError) in
            try transaction.retry(place, at: endpoint)
        }
        if count > 0 { tellArrival() }
        return count
    }

    package func drop(_ ids: [String]?, _ state: OutboxState, of endpoint: String) async throws(LedgerError) -> Int64 {
        let isKept = settings.history > .zero
        switch state {
        case .pending:
            return try await inPieces(.pending, ids, endpoint) { (transaction, place, endpoint) throws(SQLiteError) in
                let outcome = OutboxOutcome(place.position, .dead(reason: "dropped", detail: "", attempts: 0))
                try transaction.settle(outcome, at: endpoint, keeping: isKept)
            }
        case .dead:
            return try await inPieces(.dead, ids, endpoint) { (transaction, place, endpoint) throws(SQLiteError) in
                try transaction.forget(place, at: endpoint, keeping: isKept)
            }
        case .delivered: return 0
        }
    }

    package func replay(since time: Int64, to endpoint: String) async throws(LedgerError) -> Int64 {
        // Those that come meanwhile are not among them.
        let last = try await read { (reading) throws(SQLiteError) in
            try reading.database.first("SELECT position FROM outbox_position") { $0.integer(0) } ?? 0
        }
        var position: Int64 = 0
        var count: Int64 = 0
        while true {
            let start = position
            let events = try await read { (reading) throws(SQLiteError) in
                try reading.database.rows(
                    """
                    SELECT position, length(CAST(body AS BLOB)) FROM outbox
                    WHERE position > ?1 AND position <= ?2 AND came_at >= ?3 ORDER BY position LIMIT ?4
                    """,
                    .integer(start),
                    .integer(last),
                    .integer(time),
                    .integer(Int64(Self.pieceOfQueue))
                ) { (event: $0.integer(0), size: $0.integer(1)) }
            }
            guard let end = events.last?.event else { break }
            try await writer.perform { (transaction) throws(SQLiteError) in
                let id = try transaction.endpoint(endpoint)
                for (event, size) in events { try transaction.replay(event, size, to: id) }
            }
            position = end
            count += Int64(events.count)
        }
        if count > 0 { tellArrival() }
        return count
    }

    /// Does something with events of a queue, or with dead letters, in pieces so that no change waits for long.
    /// - Returns: how many there were.
    private func inPieces(
        _ state: OutboxState,
        _ ids: [String]?,
        _ endpoint: String,
        _ body: @escaping @Sendable (LedgerTransaction, LedgerTransaction.Place, Int64) throws(SQLiteError) -> Void
    ) async throws(LedgerError) -> Int64 {
        var position: Int64 = 0
        var count: Int64 = 0
        while true {
            let start = position
            let places = try await read { (reading) throws(SQLiteError) in
                try reading.places(state, ids, endpoint, after: start, limit: Self.pieceOfQueue)
            }
            guard let last = places.last else { return count }
            count += try await writer.output { (transaction) throws(SQLiteError) in
                let id = try transaction.endpoint(endpoint)
                var count: Int64 = 0
                // Those that have arrived meanwhile are out of the queue.
                for place in places where try transaction.isThere(place, state, at: id) {
                    try body(transaction, place, id)
                    count += 1
                }
                return count
            }
            position = last.position
        }
    }
}

extension LedgerTransaction {
    fileprivate func isThere(_ place: Place, _ state: OutboxState, at endpoint: Int64) throws(SQLiteError) -> Bool {
        guard state == .dead else { return try self.place(place.position, at: endpoint) != nil }
        return try database.first(
            "SELECT 1 FROM dead_letters WHERE endpoint = ?1 AND position = ?2",
            .integer(endpoint),
            .integer(place.position)
        ) { _ in true } ?? false
    }
}

extension LedgerReading {
    fileprivate func places(
        _ state: OutboxState,
        _ ids: [String]?,
        _ endpoint: String,
        after position: Int64,
        limit: Int
    ) throws(SQLiteError) -> [LedgerTransaction.Place] {
        guard let id = try database.endpointID(endpoint) else { return [] }
        let wanted = ids.map { Set($0) }
        var places: [LedgerTransaction.Place] = []
        let values: [SQLiteValue] = [.integer(id), .integer(position)]
        let take: (SQLiteRow) throws(SQLiteError) -> Bool = { row throws(SQLiteError) in
            if wanted?.contains(row.text(3)) ?? true { places.append(LedgerTransaction.Place(row)) }
            return places.count < limit
        }
        if state == .dead {
            try database.each(
                """
                SELECT dead_letters.position, event, size, event_id FROM dead_letters
                JOIN outbox ON outbox.position = event
                WHERE endpoint = ?1 AND dead_letters.position > ?2 ORDER BY dead_letters.position
                """,
                values,
                take
            )
        } else {
            try database.each(
                """
                SELECT outbox_queue.position, event, size, event_id FROM outbox_queue
                JOIN outbox ON outbox.position = event
                WHERE endpoint = ?1 AND outbox_queue.position > ?2 ORDER BY outbox_queue.position
                """,
                values,
                take
            )
        }
        return places
    }

    fileprivate func outboxRows(_ state: OutboxState, _ endpoint: String?, after position: Int64, limit: Int)
        throws(SQLiteError) -> [OutboxRow]
    {
        let values: (SQLiteValue, SQLiteValue, SQLiteValue) =
            (.integer(position), .integer(Int64(limit)), .optional(endpoint))
        switch state {
        case .pending:
            return try database.rows(
                """
                SELECT outbox_queue.position, event_id, repository, action, time, body, trace, name
                FROM outbox_queue JOIN outbox ON outbox.position = event
                JOIN outbox_endpoints ON outbox_endpoints.id = endpoint
                WHERE outbox_queue.position > ?1 AND (?3 IS NULL OR name = ?3)
                ORDER BY outbox_queue.position LIMIT ?2
                """,
                values.0,
                values.1,
                values.2
            ) { OutboxRow(endpoint: $0.text(7), state: .pending, item: OutboxItem($0, $0.text(7))) }
        case .dead:
            return try database.rows(
                """
                SELECT dead_letters.position, event_id, repository, action, time, body, trace, name, reason, detail,
                    died_at, attempts
                FROM dead_letters JOIN outbox ON outbox.position = event
                JOIN outbox_endpoints ON outbox_endpoints.id = endpoint
                WHERE dead_letters.position > ?1 AND (?3 IS NULL OR name = ?3)
                ORDER BY dead_letters.position LIMIT ?2
                """,
                values.0,
                values.1,
                values.2
            ) { OutboxRow(dead: $0) }
        case .delivered:
            return try database.rows(
                """
                SELECT position, event_id, repository, action, time, body, trace FROM outbox
                WHERE uses = 0 AND position > ?1 ORDER BY position LIMIT ?2
                """,
                values.0,
                values.1
            ) { OutboxRow(endpoint: nil, state: .delivered, item: OutboxItem($0, nil)) }
        }
    }

    fileprivate func outboxRows(of id: String) throws(SQLiteError) -> [OutboxRow] {
        var rows = try database.rows(
            """
            SELECT outbox_queue.position, event_id, repository, action, time, body, trace, name
            FROM outbox JOIN outbox_queue ON event = outbox.position
            JOIN outbox_endpoints ON outbox_endpoints.id = endpoint WHERE event_id = ?1 ORDER BY outbox_queue.position
            """,
            .text(id)
        ) { OutboxRow(endpoint: $0.text(7), state: .pending, item: OutboxItem($0, $0.text(7))) }
        rows += try database.rows(
            """
            SELECT dead_letters.position, event_id, repository, action, time, body, trace, name, reason, detail, died_at,
                attempts
            FROM outbox JOIN dead_letters ON event = outbox.position
            JOIN outbox_endpoints ON outbox_endpoints.id = endpoint WHERE event_id = ?1 ORDER BY dead_letters.position
            """,
            .text(id)
        ) { OutboxRow(dead: $0) }
        guard rows.isEmpty else { return rows }
        return try database.rows(
            "SELECT position, event_id, repository, action, time, body, trace FROM outbox WHERE event_id = ?1",
            .text(id)
        ) { OutboxRow(endpoint: nil, state: .delivered, item: OutboxItem($0, nil)) }
    }
}

extension OutboxRow {
    /// Reads an item, the endpoint, reason, detail, time and attempts.
    fileprivate init(dead row: SQLiteRow) {
        self.init(
            endpoint: row.text(7),
            state: .dead,
            item: OutboxItem(row, row.text(7)),
            reason: row.text(8),
            detail: row.text(9),
            diedAt: row.integer(10),
            attempts: Int(row.integer(11))
        )
    }
}
