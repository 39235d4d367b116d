//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTelemetry
import Synchronization

extension SQLiteOutbox: Outbox {
    package var isDurable: Bool { settings.isDurable }

    package func pending(for endpoint: String, after position: Int64, limit: Int, bytes: Int)
        async throws(LedgerError) -> [OutboxItem]
    {
        let settled = unsettled.withLock { Set($0[endpoint, default: []].map(\.position)) }
        return try await read { (database) throws(SQLiteError) in
            guard let id = try database.endpointID(endpoint) else { return [] }
            var items: [OutboxItem] = []
            var room = bytes
            try database.each(
                """
                SELECT outbox_queue.position, event_id, repository, action, time, body, trace FROM outbox_queue
                JOIN outbox ON outbox.position = event
                WHERE endpoint = ?1 AND outbox_queue.position > ?2 ORDER BY outbox_queue.position
                """,
                [.integer(id), .integer(position)]
            ) { (row) throws(SQLiteError) in
                let item = OutboxItem(row, endpoint)
                if settled.contains(item.position) { return true }
                items.append(item)
                room -= item.entry.body.utf8.count
                return items.count < limit && room > 0
            }
            return items
        }
    }

    package func settle(_ outcomes: [OutboxOutcome], of endpoint: String) async {
        unsettled.withLock { $0[endpoint, default: []] += outcomes }
        await settleAll()
    }

    /// Records what has become of events, also of those for which that was not possible before.
    func settleAll() async {
        let gathered = unsettled.withLock { $0 }
        guard !gathered.isEmpty else { return }
        let isKept = settings.keepsDelivered
        do throws(LedgerError) {
            try await writer.perform { (transaction) throws(SQLiteError) in
                for (name, outcomes) in gathered {
                    let endpoint = try transaction.endpoint(name)
                    for outcome in outcomes { try transaction.settle(outcome, at: endpoint, keeping: isKept) }
                }
            }
        } catch {
            return
        }
        unsettled.withLock { unsettled in
            for (name, outcomes) in gathered {
                let positions = Set(outcomes.map(\.position))
                unsettled[name]?.removeAll { positions.contains($0.position) }
                if unsettled[name]?.isEmpty == true { unsettled[name] = nil }
            }
        }
    }

    package func depth(of endpoint: String) async throws(LedgerError) -> OutboxDepth {
        try await read { (database) throws(SQLiteError) in
            let sums = try database.first(
                "SELECT id, waiting, waiting_bytes, dead FROM outbox_endpoints WHERE name = ?1",
                .text(endpoint)
            ) {
                (
                    id: $0.integer(0),
                    depth: OutboxDepth(count: $0.integer(1), bytes: $0.integer(2), deadLetters: $0.integer(3))
                )
            }
            guard let id = sums?.id, var depth = sums?.depth else { return OutboxDepth() }
            depth.oldest = try database.first(
                """
                SELECT came_at FROM outbox_queue JOIN outbox ON outbox.position = event
                WHERE endpoint = ?1 ORDER BY outbox_queue.position LIMIT 1
                """,
                .integer(id)
            ) { $0.integer(0) }
            return depth
        }
    }

    package func trim(_ endpoint: String, to bounds: OutboxBounds) async throws(LedgerError) -> OutboxTrim {
        let isKept = settings.keepsDelivered
        var total = OutboxTrim()
        while true {
            let trim = try await writer.output { (transaction) throws(SQLiteError) in
                let id = try transaction.endpoint(endpoint)
                var trim = try transaction.trim(id, to: bounds, limit: Self.pieceOfQueue)
                trim.add(
                    try transaction.trimDeadLetters(id, to: bounds, keeping: isKept, limit: Self.pieceOfQueue)
                )
                return trim
            }
            total.add(trim)
            // In pieces, so that no change waits for long.
            guard trim.total >= Int64(Self.pieceOfQueue) else { return total }
        }
    }

    /// Takes away what all have and nobody asked for again in time.
    func forgetDelivered() async {
        guard settings.router != nil else { return }
        await forgetDelivered(before: WallTime.now.microseconds - settings.history.microseconds)
    }

    /// Takes away what all have, of what came before a time in microseconds since 1970.
    func forgetDelivered(before: Int64) async {
        var count = Self.pieceOfQueue
        while count == Self.pieceOfQueue {
            do throws(LedgerError) {
                count = try await writer.output { (transaction) throws(SQLiteError) in
                    try transaction.forgetDelivered(before: before, limit: Int64(Self.pieceOfQueue))
                }
            } catch {
                return
            }
        }
    }
}

extension OutboxItem {
    /// Reads position, id, repository, action, time, body and trace.
    init(_ row: SQLiteRow, _ endpoint: String?) {
        self.init(
            position: row.integer(0),
            entry: OutboxEntry(
                id: row.text(1),
                repository: row.text(2),
                action: StorageEvent.Action(rawValue: row.text(3)) ?? .push,
                time: row.integer(4),
                body: row.text(5),
                trace: row.text(6),
                endpoints: endpoint.map { [$0] } ?? []
            )
        )
    }
}

extension Duration {
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
