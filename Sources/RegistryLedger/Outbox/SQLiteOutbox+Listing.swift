//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension SQLiteOutbox: OutboxListing {
    package func list(endpoint: String?, state: OutboxState?, after position: Int64, limit: Int)
        async throws(LedgerError) -> [OutboxRow]
    {
        let states = state.map { [$0] } ?? OutboxState.allCases
        return try await read { (database) throws(SQLiteError) in
            var found: [(state: OutboxState, place: OutboxPlace, endpoint: (id: Int64, name: String))] = []
            for endpoint in try database.endpoints(endpoint) {
                for state in states {
                    let places = try database.places(state, at: endpoint.id, after: position, limit: limit)
                    found += places.map { (state, $0, endpoint) }
                }
            }
            found.sort { $0.place.position < $1.place.position }
            var rows: [OutboxRow] = []
            for (state, place, endpoint) in found.prefix(limit) {
                if let row = try database.outboxRow(state, place, at: endpoint) { rows.append(row) }
            }
            guard states.contains(.delivered) else { return rows }
            rows += try database.deliveredEvents(after: position, limit: limit)
            rows.sort { $0.item.position < $1.item.position }
            return Array(rows.prefix(limit))
        }
    }

    package func show(_ id: String) async throws(LedgerError) -> [OutboxRow] {
        try await read { (database) throws(SQLiteError) in
            guard let event = try database.event(id) else { return [] }
            var rows: [OutboxRow] = []
            let endpoints = try database.endpoints(nil)
            for state in OutboxState.allCases {
                for endpoint in endpoints {
                    for place in try database.places(state, at: endpoint.id, of: event) {
                        if let row = try database.outboxRow(state, place, at: endpoint) { rows.append(row) }
                    }
                }
            }
            guard rows.isEmpty else { return rows }
            let place = OutboxPlace(position: event, event: event, size: 0)
            return try database.outboxRow(.delivered, place, at: nil).map { [$0] } ?? []
        }
    }

    package func retry(_ ids: [String]?, of endpoint: String) async throws(LedgerError) -> Int64 {
        let count = try await inPieces(.dead, ids, endpoint) { (transaction, place, endpoint) throws(SQLiteError) in
            try transaction.retry(place, at: endpoint)
        }
        if count > 0 { tellArrival() }
        return count
    }

    package func drop(_ ids: [String]?, _ state: OutboxState, of endpoint: String) async throws(LedgerError) -> Int64 {
        let isKept = settings.keepsDelivered
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
        let last = try await read { (database) throws(SQLiteError) in
            try database.first("SELECT position FROM outbox_position") { $0.integer(0) } ?? 0
        }
        var position: Int64 = 0
        var count: Int64 = 0
        while true {
            let start = position
            let events = try await read { (database) throws(SQLiteError) in
                try database.rows(
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
        _ body: @escaping @Sendable (LedgerTransaction, OutboxPlace, Int64) throws(SQLiteError) -> Void
    ) async throws(LedgerError) -> Int64 {
        var position: Int64 = 0
        var count: Int64 = 0
        while true {
            let start = position
            let places = try await read { (database) throws(SQLiteError) in
                try database.places(state, ids, of: endpoint, after: start, limit: Self.pieceOfQueue)
            }
            guard let last = places.last else { return count }
            count += try await writer.output { (transaction) throws(SQLiteError) in
                let id = try transaction.endpoint(endpoint)
                var count: Int64 = 0
                // Those that have arrived meanwhile are out of the queue.
                for place in places where try transaction.database.has(place, state, at: id) {
                    try body(transaction, place, id)
                    count += 1
                }
                return count
            }
            position = last.position
        }
    }
}

extension SQLiteConnection {
    fileprivate func has(_ place: OutboxPlace, _ state: OutboxState, at endpoint: Int64) throws(SQLiteError) -> Bool {
        try places(state, at: endpoint, after: place.position - 1, limit: 1).first?.position == place.position
    }

    /// - Parameter ids: nil for all.
    fileprivate func places(_ state: OutboxState, _ ids: [String]?, of name: String, after position: Int64, limit: Int)
        throws(SQLiteError) -> [OutboxPlace]
    {
        guard let endpoint = try endpointID(name) else { return [] }
        guard let ids else { return try places(state, at: endpoint, after: position, limit: limit) }
        var found: [OutboxPlace] = []
        for id in Set(ids) {
            guard let event = try event(id) else { continue }
            found += try places(state, at: endpoint, of: event).filter { $0.position > position }
        }
        return Array(found.sorted { $0.position < $1.position }.prefix(limit))
    }
}
