//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// Taking events out of their queues, and what is done with them by hand.

extension LedgerTransaction {
    /// Takes an event out of a queue, if it is there.
    func settle(_ outcome: OutboxOutcome, at endpoint: Int64, keeping isKept: Bool) throws(SQLiteError) {
        guard let place = try dequeue(outcome.position, at: endpoint) else { return }
        switch outcome.result {
        case .delivered: outbox.letGo(of: place.event, keeping: isKept)
        case .dead(let reason, let detail, let attempts):
            try bury(place, at: endpoint, reason, detail, attempts)
        }
    }

    /// - Returns: nil if it is not there.
    private func dequeue(_ position: Int64, at endpoint: Int64) throws(SQLiteError) -> OutboxPlace? {
        let place = try database.first(
            "DELETE FROM outbox_queue WHERE endpoint = ?1 AND position = ?2 RETURNING position, event, size",
            .integer(endpoint),
            .integer(position)
        ) { OutboxPlace($0) }
        if let place { outbox.add(.init(waiting: -1, bytes: -place.size), to: endpoint) }
        return place
    }

    private func bury(_ place: OutboxPlace, at endpoint: Int64, _ reason: String, _ detail: String, _ attempts: Int)
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
        outbox.add(.init(dead: 1), to: endpoint)
    }

    /// Gives up the oldest events of a queue that is too full, or that have waited for too long; up to `limit` of them.
    func trim(_ endpoint: Int64, to bounds: OutboxBounds, limit: Int) throws(SQLiteError) -> OutboxTrim {
        var trim = OutboxTrim()
        var sums = try outbox.current(endpoint, in: database)
        let oldest = try database.rows(
            """
            SELECT outbox_queue.position, event, size, came_at FROM outbox_queue
            JOIN outbox ON outbox.position = event WHERE endpoint = ?1 ORDER BY outbox_queue.position LIMIT ?2
            """,
            .integer(endpoint),
            .integer(Int64(limit))
        ) { (place: OutboxPlace($0), time: $0.integer(3)) }
        for (place, time) in oldest {
            let reason: String
            if sums.waiting > bounds.count {
                reason = "count"
                trim.count += 1
            } else if sums.bytes > bounds.bytes {
                reason = "bytes"
                trim.bytes += 1
            } else if time < bounds.time {
                reason = "age"
                trim.age += 1
            } else {
                break
            }
            guard let place = try dequeue(place.position, at: endpoint) else { break }
            try bury(place, at: endpoint, reason, "", 0)
            sums.waiting -= 1
            sums.bytes -= place.size
            trim.last = place.position
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
        var count = try outbox.current(endpoint, in: database).dead
        let oldest = try database.rows(
            """
            SELECT position, event, size, died_at FROM dead_letters WHERE endpoint = ?1 ORDER BY died_at, position LIMIT ?2
            """,
            .integer(endpoint),
            .integer(Int64(limit))
        ) { (place: OutboxPlace($0), time: $0.integer(3)) }
        for (place, time) in oldest {
            if count > bounds.deadLetters {
                trim.deadByCount += 1
                count -= 1
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
    func retry(_ place: OutboxPlace, at endpoint: Int64) throws(SQLiteError) {
        try unbury(place, at: endpoint)
        try enqueue(place.event, try outbox.nextPosition(in: database), place.size, at: endpoint)
    }

    /// Takes a dead letter away for good.
    func forget(_ place: OutboxPlace, at endpoint: Int64, keeping isKept: Bool) throws(SQLiteError) {
        try unbury(place, at: endpoint)
        outbox.letGo(of: place.event, keeping: isKept)
    }

    private func unbury(_ place: OutboxPlace, at endpoint: Int64) throws(SQLiteError) {
        try database.run(
            "DELETE FROM dead_letters WHERE endpoint = ?1 AND position = ?2",
            .integer(endpoint),
            .integer(place.position)
        )
        outbox.add(.init(dead: -1), to: endpoint)
    }

    /// Puts an event into a queue once more.
    func replay(_ event: Int64, _ size: Int64, to endpoint: Int64) throws(SQLiteError) {
        try database.run("UPDATE outbox SET uses = uses + 1 WHERE position = ?1", .integer(event))
        try enqueue(event, try outbox.nextPosition(in: database), size, at: endpoint)
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
