//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryStorage
import Synchronization

/// An outbox in memory, which does what the ledger's does, but for outliving anything.
package final class TestOutbox: OutboxListing {
    private let state = Mutex(State())

    private struct State {
        var last: Int64 = 0
        var rows: [Row] = []
        var listeners: [@Sendable () -> Void] = []
        var readings = 0
        var isBroken = false
    }

    private struct Row {
        var endpoint: String
        var row: OutboxRow
    }

    package let isDurable: Bool

    package init(isDurable: Bool = true) { self.isDurable = isDurable }

    // MARK: For tests

    /// Adds events, as if the changes that they tell of had been made.
    package func add(_ entries: [OutboxEntry]) {
        let listeners = state.withLock { state in
            for entry in entries {
                state.last += 1
                for endpoint in entry.endpoints {
                    let item = OutboxItem(position: state.last, entry: entry)
                    state.rows.append(
                        Row(endpoint: endpoint, row: OutboxRow(endpoint: endpoint, state: .pending, item: item))
                    )
                }
            }
            return state.listeners
        }
        for listener in listeners { listener() }
    }

    /// An event that says little.
    package static func entry(
        _ id: String,
        in repository: String = "a",
        for endpoints: [String] = ["hook"],
        time: Int64 = 0,
        trace: String = ""
    ) -> OutboxEntry {
        OutboxEntry(
            id: id,
            repository: repository,
            action: .push,
            time: time,
            body: #"{"id":"\#(id)","target":{"repository":"\#(repository)"}}"#,
            trace: trace,
            endpoints: endpoints
        )
    }

    /// Ids of an endpoint's events.
    package func ids(_ wanted: OutboxState, of endpoint: String = "hook") -> [String] {
        state.withLock { state in
            state.rows.filter { $0.endpoint == endpoint && $0.row.state == wanted }.map(\.row.item.entry.id)
        }
    }

    package func rows(_ wanted: OutboxState) -> [OutboxRow] {
        state.withLock { state in state.rows.map(\.row).filter { $0.state == wanted } }
    }

    /// How often it was read.
    package var readings: Int { state.withLock(\.readings) }

    /// Whether reading fails.
    package func setBroken(_ isBroken: Bool) { state.withLock { $0.isBroken = isBroken } }

    // MARK: Outbox

    package func pending(
        for endpoint: String,
        after position: Int64,
        limit: Int,
        bytes: Int
    ) async throws(LedgerError) -> [OutboxItem] {
        let items = state.withLock { state -> [OutboxItem]? in
            state.readings += 1
            guard !state.isBroken else { return nil }
            var (items, size) = ([OutboxItem](), 0)
            for row in state.rows
            where row.endpoint == endpoint && row.row.state == .pending && row.row.item.position > position {
                guard items.count < limit, size < bytes else { break }
                items.append(row.row.item)
                size += row.row.item.entry.body.utf8.count
            }
            return items
        }
        guard let items else { throw LedgerError(.failed, "broken by the test") }
        return items
    }

    package func settle(_ outcomes: [OutboxOutcome], of endpoint: String) async {
        state.withLock { state in
            for outcome in outcomes {
                guard
                    let place = state.rows.firstIndex(where: {
                        $0.endpoint == endpoint && $0.row.state == .pending && $0.row.item.position == outcome.position
                    })
                else { continue }
                switch outcome.result {
                case .delivered: state.rows[place].row.state = .delivered
                case .dead(let reason, let detail, let attempts):
                    state.rows[place].row.state = .dead
                    state.rows[place].row.reason = reason
                    state.rows[place].row.detail = detail
                    state.rows[place].row.attempts = attempts
                }
            }
        }
    }

    package func depth(of endpoint: String) async throws(LedgerError) -> OutboxDepth {
        state.withLock { state in
            let rows = state.rows.filter { $0.endpoint == endpoint && $0.row.state == .pending }
            let pending = rows.map(\.row.item.entry)
            return OutboxDepth(
                count: Int64(pending.count),
                bytes: Int64(pending.reduce(0) { $0 + $1.body.utf8.count }),
                oldest: pending.first?.time,
                deadLetters: Int64(state.rows.filter { $0.endpoint == endpoint && $0.row.state == .dead }.count)
            )
        }
    }

    package func trim(_ endpoint: String, to bounds: OutboxBounds) async throws(LedgerError) -> OutboxTrim {
        state.withLock { state in
            var trim = OutboxTrim()
            let places = state.rows.indices.filter {
                state.rows[$0].endpoint == endpoint && state.rows[$0].row.state == .pending
            }
            var left = Int64(places.count)
            var size = places.reduce(Int64(0)) { $0 + Int64(state.rows[$1].row.item.entry.body.utf8.count) }
            for place in places {
                let item = state.rows[place].row.item
                if left > bounds.count {
                    trim.count += 1
                } else if size > bounds.bytes {
                    trim.bytes += 1
                } else if item.entry.time < bounds.time {
                    trim.age += 1
                } else {
                    break
                }
                trim.last = item.position
                left -= 1
                size -= Int64(item.entry.body.utf8.count)
                state.rows[place].row.state = .dead
            }
            // Which became one when is not kept here.
            var dead = state.rows.filter { $0.endpoint == endpoint && $0.row.state == .dead }.count
            state.rows.removeAll { row in
                guard row.endpoint == endpoint, row.row.state == .dead, dead > bounds.deadLetters else { return false }
                dead -= 1
                trim.deadByCount += 1
                return true
            }
            return trim
        }
    }

    package func onArrival(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.listeners.append(body) } }

    // MARK: OutboxListing

    package func list(
        endpoint: String?,
        state wanted: OutboxState?,
        after position: Int64,
        limit: Int
    ) async throws(LedgerError) -> [OutboxRow] {
        state.withLock { state in
            Array(
                state.rows.map(\.row).filter { row in
                    (endpoint == nil || row.endpoint == endpoint) && (wanted == nil || row.state == wanted)
                        && row.item.position > position
                }.sorted { $0.item.position < $1.item.position }.prefix(limit)
            )
        }
    }

    package func show(_ id: String) async throws(LedgerError) -> [OutboxRow] {
        state.withLock { state in state.rows.map(\.row).filter { $0.item.entry.id == id } }
    }

    package func retry(_ ids: [String]?, of endpoint: String) async throws(LedgerError) -> Int64 {
        requeue { row in
            row.endpoint == endpoint && row.row.state == .dead && (ids?.contains(row.row.item.entry.id) ?? true)
        }
    }

    package func drop(
        _ ids: [String]?,
        _ wanted: OutboxState,
        of endpoint: String
    ) async throws(LedgerError) -> Int64 {
        state.withLock { state in
            let before = state.rows.count
            state.rows.removeAll { row in
                row.endpoint == endpoint && row.row.state == wanted && (ids?.contains(row.row.item.entry.id) ?? true)
            }
            return Int64(before - state.rows.count)
        }
    }

    package func replay(since time: Int64, to endpoint: String) async throws(LedgerError) -> Int64 {
        requeue { row in row.endpoint == endpoint && row.row.state == .delivered && row.row.item.entry.time >= time }
    }

    private func requeue(_ isWanted: (Row) -> Bool) -> Int64 {
        let (count, listeners) = state.withLock { state in
            var count: Int64 = 0
            let rows = state.rows.filter(isWanted)
            state.rows.removeAll(where: isWanted)
            for var row in rows {
                state.last += 1
                count += 1
                row.row.state = .pending
                row.row.item.position = state.last
                state.rows.append(row)
            }
            return (count, state.listeners)
        }
        for listener in listeners { listener() }
        return count
    }
}
