//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// Taking events out of their queues, and what is done with them by hand.

extension LedgerTransaction {
    /// A row of a queue, or of the dead letters.
    struct Place {
        var position: Int64
        var event: Int64
        var size: Int64

        init(_ row: SQLiteRow) {
            self.position = row.integer(0)
            self.event = row.integer(1)
            self.size = row.integer(2)
        }
    }

    func place(_ position: Int64, at endpoint: Int64) throws(SQLiteError) -> Place? {
        try database.first(
            "SELECT position, event, size FROM outbox_queue WHERE endpoint = ?1 AND position = ?2",
            .integer(endpoint),
            .integer(position)
        ) { Place($0) }
    }

    /// Takes an event out of a queue, if it is there.
    func settle(_ outcome: OutboxOutcome, at endpoint: Int64, keeping isKept: Bool) throws(SQLiteError) {
        guard let place = try place(outcome.position, at: endpoint) else { return }
        try dequeue(place, at: endpoint)
        switch outcome.result {
        case .delivered: try letGo(of: place.event, keeping: isKept)
        case .dead(let reason, let detail, let attempts):
            try bury(place, at: endpoint, reason, detail, attempts)
        }
    }

    private func dequeue(_ place: Place, at endpoint: Int64) throws(SQLiteError) {
        try database.run(
            "DELETE FROM outbox_queue WHERE endpoint = ?1 AND position = ?2",
            .integer(endpoint),
            .integer(place.position)
        )
        try count(-1, -place.size, 0, at: endpoint)
    }

    /// One that had it in its queue needs it no longer.
    private func letGo(of event: Int64, keeping isKept: Bool) throws(SQLiteError) {
        try database.run("UPDATE outbox SET uses = uses - 1 WHERE position = ?1", .integer(event))
        guard !isKept else { return }
        try database.run("DELETE FROM outbox WHERE position = ?1 AND uses <= 0", .integer(event))
    }

    private func bury(_ place: Place, at endpoint: Int64, _ reason: String, _ detail: String, _ attempts: Int)
        throws(SQLiteError)
    {
        try database.run(
            """
            INSERT INTO dead_letters (endpoint, position, event, size, reason, detail, attempts, died_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """,
            .integer(endpoint),
            .integer(place.position),
            .integer(place.event),
            .integer(place.size),
            .text(reason),
            .text(detail),
            .integer(Int64(attempts)),
            .integer(time)
        )
        try count(0, 0, 1, at: endpoint)
    }

    /// Gives up the oldest events of a queue that is too full, or that have waited for too long; up to `limit` of them.
    func trim(_ endpoint: Int64, to bounds: OutboxBounds, limit: Int) throws(SQLiteError) -> OutboxTrim {
        var trim = OutboxTrim()
        for _ in 0..<limit {
            let sums = try database.first(
                "SELECT waiting, waiting_bytes FROM outbox_endpoints WHERE id = ?1",
                .integer(endpoint)
            ) { (count: $0.integer(0), bytes: $0.integer(1)) }
            let oldest = try database.first(
                """
                SELECT outbox_queue.position, event, size, came_at FROM outbox_queue
                JOIN outbox ON outbox.position = event WHERE endpoint = ?1 ORDER BY outbox_queue.position LIMIT 1
                """,
                .integer(endpoint)
            ) { (place: Place($0), time: $0.integer(3)) }
            guard let sums, let oldest else { break }
            let reason: String
            if sums.count > bounds.count {
                reason = "count"
                trim.count += 1
            } else if sums.bytes > bounds.bytes {
                reason = "bytes"
                trim.bytes += 1
            } else if oldest.time < bounds.time {
                reason = "age"
                trim.age += 1
            } else {
                break
            }
            try dequeue(oldest.place, at: endpoint)
            try bury(oldest.place, at: endpoint, reason, "", 0)
            trim.last = oldest.place.position
        }
        return trim
    }

    /// Takes the oldest dead letters away for good where there are too many, or that are too old; up to `limit` of them.
    /// - Parameter isKept: whether events that nobody needs are kept for replaying.
    func trimDeadLetters(_ endpoint: Int64, to bounds: OutboxBounds, keeping isKept: Bool, limit: Int)
        throws(SQLiteError) -> OutboxTrim
    {
        var trim = OutboxTrim()
        guard bounds.deadLetters != .max || bounds.deathTime != .min else { return trim }
        var count = try database.first("SELECT dead FROM outbox_endpoints WHERE id = ?1", .integer(endpoint)) {
            $0.integer(0)
        }
        let oldest = try database.rows(
            """
            SELECT position, event, size, died_at FROM dead_letters WHERE endpoint = ?1 ORDER BY died_at, position LIMIT ?2
            """,
            .integer(endpoint),
            .integer(Int64(limit))
        ) { (place: Place($0), time: $0.integer(3)) }
        for (place, time) in oldest {
            if let known = count, known > bounds.deadLetters {
                trim.deadByCount += 1
                count = known - 1
            } else if time < bounds.deathTime {
                trim.deadByAge += 1
            } else {
                break
            }
            try forget(place, at: endpoint, keeping: isKept)
        }
        return trim
    }

    // MARK: By hand

    /// Puts a dead letter back into its queue.
    func retry(_ place: Place, at endpoint: Int64) throws(SQLiteError) {
        try unbury(place, at: endpoint)
        try enqueue(place.event, try nextPositions(1), place.size, at: endpoint)
    }

    /// Takes a dead letter away for good.
    func forget(_ place: Place, at endpoint: Int64, keeping isKept: Bool) throws(SQLiteError) {
        try unbury(place, at: endpoint)
        try letGo(of: place.event, keeping: isKept)
    }

    private func unbury(_ place: Place, at endpoint: Int64) throws(SQLiteError) {
        try database.run(
            "DELETE FROM dead_letters WHERE endpoint = ?1 AND position = ?2",
            .integer(endpoint),
            .integer(place.position)
        )
        try count(0, 0, -1, at: endpoint)
    }

    /// Puts an event into a queue once more.
    func replay(_ event: Int64, _ size: Int64, to endpoint: Int64) throws(SQLiteError) {
        try database.run("UPDATE outbox SET uses = uses + 1 WHERE position = ?1", .integer(event))
        try enqueue(event, try nextPositions(1), size, at: endpoint)
    }

    /// Takes away events that all have, and that came before a time; up to `limit` of them.
    /// - Returns: how many there were.
    func forgetDelivered(before time: Int64, limit: Int64) throws(SQLiteError) -> Int {
        try database.run(
            """
            DELETE FROM outbox WHERE position IN (
                SELECT position FROM outbox WHERE uses = 0 AND came_at < ?1 ORDER BY came_at LIMIT ?2)
            """,
            .integer(time),
            .integer(limit)
        )
    }
}
