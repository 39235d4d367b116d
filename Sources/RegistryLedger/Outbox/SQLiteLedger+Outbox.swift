//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTelemetry
import Synchronization

extension SQLiteLedger: Outbox {
    package func onArrival(_ body: @escaping @Sendable () -> Void) { arrivals.withLock { $0.append(body) } }

    package func pending(for endpoint: String, after position: Int64, limit: Int, bytes: Int)
        async throws(LedgerError) -> [OutboxItem]
    {
        let settled = state.withLock { Set($0.unsettled[endpoint, default: []].map(\.position)) }
        return try await read { (reading) throws(SQLiteError) in
            guard let id = try reading.database.endpointID(endpoint) else { return [] }
            var items: [OutboxItem] = []
            var room = bytes
            try reading.database.each(
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
        state.withLock { $0.unsettled[endpoint, default: []] += outcomes }
        await settleAll()
    }

    /// Records what has become of events, also of those for which that was not possible before.
    func settleAll() async {
        let unsettled = state.withLock { $0.unsettled }
        guard !unsettled.isEmpty else { return }
        let isKept = settings.history > .zero
        do throws(LedgerError) {
            try await writer.perform { (transaction) throws(SQLiteError) in
                for (name, outcomes) in unsettled {
                    let endpoint = try transaction.endpoint(name)
                    for outcome in outcomes { try transaction.settle(outcome, at: endpoint, keeping: isKept) }
                }
            }
        } catch {
            return
        }
        state.withLock { state in
            for (name, outcomes) in unsettled {
                let positions = Set(outcomes.map(\.position))
                state.unsettled[name]?.removeAll { positions.contains($0.position) }
                if state.unsettled[name]?.isEmpty == true { state.unsettled[name] = nil }
            }
        }
    }

    package func depth(of endpoint: String) async throws(LedgerError) -> OutboxDepth {
        try await read { (reading) throws(SQLiteError) in
            let sums = try reading.database.first(
                "SELECT id, waiting, waiting_bytes, dead FROM outbox_endpoints WHERE name = ?1",
                .text(endpoint)
            ) {
                (
                    id: $0.integer(0),
                    depth: OutboxDepth(count: $0.integer(1), bytes: $0.integer(2), deadLetters: $0.integer(3))
                )
            }
            guard let id = sums?.id, var depth = sums?.depth else { return OutboxDepth() }
            depth.oldest = try reading.database.first(
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
        let isKept = settings.history > .zero
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

    static let pieceOfQueue = 500

    /// Takes away what all have and nobody asked for again in time.
    func forgetDelivered() async {
        guard settings.router != nil, standing.state == .current || standing.state == .catchingUp else { return }
        let before = WallTime.now.microseconds - settings.history.microseconds
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
