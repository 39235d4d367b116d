//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What the outbox counts, gathered while a transaction runs and written at its end: once for all events in it.
///
/// It belongs to a connection, and is thrown away with it when a transaction fails. A class that only the thread that writes
/// uses, like its connection.
final class OutboxTally: @unchecked Sendable {
    private var endpoints: [String: Int64] = [:]
    /// The last that was given to an event; nil as long as it was not read.
    private var position: Int64?
    private var hasMoved = false
    private var sums: [Int64: Sums] = [:]
    /// Of events, how many have let go of them, and whether those are kept that nobody needs.
    private var uses: [Int64: (count: Int64, isKept: Bool)] = [:]

    struct Sums {
        var waiting: Int64 = 0
        /// Of bodies.
        var bytes: Int64 = 0
        var dead: Int64 = 0
    }

    /// The id of an endpoint, which it keeps for ever.
    func endpoint(_ name: String, in database: SQLiteConnection) throws(SQLiteError) -> Int64 {
        if let id = endpoints[name] { return id }
        var id = try database.endpointID(name)
        if id == nil {
            try database.run("INSERT INTO outbox_endpoints (name) VALUES (?1)", .text(name))
            id = database.lastKey
        }
        endpoints[name] = id
        return id ?? database.lastKey
    }

    /// A position behind all others.
    func nextPosition(in database: SQLiteConnection) throws(SQLiteError) -> Int64 {
        let last =
            if let position { position } else {
                try database.first("SELECT position FROM outbox_position") { $0.integer(0) } ?? 0
            }
        position = last + 1
        hasMoved = true
        return last + 1
    }

    /// Adds to the sums of an endpoint.
    func add(_ change: Sums, to endpoint: Int64) {
        var sum = sums[endpoint] ?? Sums()
        sum.waiting += change.waiting
        sum.bytes += change.bytes
        sum.dead += change.dead
        sums[endpoint] = sum
    }

    /// One that had an event in its queue, or among its dead letters, needs it no longer.
    func letGo(of event: Int64, keeping isKept: Bool) {
        uses[event] = ((uses[event]?.count ?? 0) + 1, isKept)
    }

    /// The sums of an endpoint as they are now.
    func current(_ endpoint: Int64, in database: SQLiteConnection) throws(SQLiteError) -> Sums {
        let stored = try database.first(
            "SELECT waiting, waiting_bytes, dead FROM outbox_endpoints WHERE id = ?1",
            .integer(endpoint)
        ) { Sums(waiting: $0.integer(0), bytes: $0.integer(1), dead: $0.integer(2)) }
        var sum = stored ?? Sums()
        let change = sums[endpoint] ?? Sums()
        sum.waiting += change.waiting
        sum.bytes += change.bytes
        sum.dead += change.dead
        return sum
    }

    /// Writes all that has gathered; the last thing within a transaction.
    func write(to database: SQLiteConnection) throws(SQLiteError) {
        if hasMoved, let position {
            try database.run("UPDATE outbox_position SET position = ?1", .integer(position))
        }
        for (endpoint, sum) in sums {
            try database.run(
                """
                UPDATE outbox_endpoints SET waiting = waiting + ?2, waiting_bytes = waiting_bytes + ?3, dead = dead + ?4
                WHERE id = ?1
                """,
                .integer(endpoint),
                .integer(sum.waiting),
                .integer(sum.bytes),
                .integer(sum.dead)
            )
        }
        for (event, (count, isKept)) in uses {
            try database.run(
                "UPDATE outbox SET uses = uses - ?2 WHERE position = ?1",
                .integer(event),
                .integer(count)
            )
            guard !isKept else { continue }
            try database.run("DELETE FROM outbox WHERE position = ?1 AND uses <= 0", .integer(event))
        }
        hasMoved = false
        sums.removeAll(keepingCapacity: true)
        uses.removeAll(keepingCapacity: true)
    }
}
