//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryEvents
import RegistryHTTP
import RegistryLedger
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// What can be asked of, and done with, events for others while a server runs.
struct EventsControl: Sendable {
    let outbox: any OutboxListing
    let delivery: EventDelivery

    var commands: [ControlCommand] {
        [
            .question("events", ["endpoint", "state", "after", "limit"]) { request async throws(ControlFailure) in
                try await list(request)
            },
            .question("events-end") { _ async throws(ControlFailure) in .number(try await end()) },
            .question("event", ["id"]) { request async throws(ControlFailure) in try await show(request) },
            .change("events-retry", ["endpoint", "ids"]) { request async throws(ControlFailure) in
                try await retry(request)
            },
            .change("events-drop", ["endpoint", "ids", "state"]) { request async throws(ControlFailure) in
                try await drop(request)
            },
            .change("events-replay", ["endpoint", "since"]) { request async throws(ControlFailure) in
                try await replay(request)
            },
            .change("events-test", ["endpoint"]) { request async throws(ControlFailure) in try await test(request) },
        ]
    }

    /// Events in one answer.
    static let largestPage = 1000

    /// How it is with the endpoints, for `status`.
    static func endpoints(_ delivery: EventDelivery) -> JSONText {
        .array(
            delivery.statuses.map { status in
                .object([
                    ("name", .string(status.name)), ("address", .string(status.address)),
                    ("format", .string(status.form.rawValue)), ("signed", .bool(status.isSigned)),
                    ("breaker", .string(status.breaker.rawValue)), ("failures", .number(Int64(status.failures))),
                    ("last_failure", status.lastFailure.map { .string($0.cause) }),
                    ("last_failure_at", status.lastFailure.map { .string($0.time.secondsDescription) }),
                    ("pending", .number(status.pending)), ("pending_bytes", .number(status.bytes)),
                    ("oldest", status.oldest.map { .string($0.secondsDescription) }),
                    ("dead_letters", .number(status.deadLetters)), ("delivered", .number(status.delivered)),
                    ("lost", .number(status.lost)),
                ])
            }
        )
    }

    // MARK: Questions

    private func list(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        let after = try Self.number(request, "after", default: 0)
        let limit = try Self.number(request, "limit", default: 100)
        guard (1...Int64(Self.largestPage)).contains(limit) else {
            throw ControlFailure(.invalidParameter, "limit must be from 1 to \(Self.largestPage)")
        }
        let state = try Self.state(request)
        if let endpoint = request["endpoint"] { try known(endpoint) }
        let rows = try await ask { () async throws(LedgerError) in
            try await outbox.list(endpoint: request["endpoint"], state: state, after: after, limit: Int(limit))
        }
        return .object([
            ("events", .array(rows.map { Self.json($0, hasBody: false) })),
            ("last", rows.last.map { .number($0.item.position) }),
        ])
    }

    private func show(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        guard let id = request["id"], !id.isEmpty else { throw ControlFailure(.invalidParameter, "id is needed") }
        let rows = try await ask { () async throws(LedgerError) in try await outbox.show(id) }
        guard !rows.isEmpty else { throw ControlFailure(.conflict, "there is no event \(id), or not any more") }
        return .array(rows.map { Self.json($0, hasBody: true) })
    }

    /// The last position that there is, found by halving.
    private func end() async throws(ControlFailure) -> Int64 {
        var (low, high): (Int64, Int64) = (0, 1)
        while try await hasAny(after: high) { (low, high) = (high, high * 2) }
        while low < high {
            let middle = low + (high - low) / 2
            if try await hasAny(after: middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func hasAny(after position: Int64) async throws(ControlFailure) -> Bool {
        try await !ask { () async throws(LedgerError) in
            try await outbox.list(endpoint: nil, state: nil, after: position, limit: 1)
        }.isEmpty
    }

    // MARK: Changes

    private func retry(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        let endpoint = try endpoint(request)
        let ids = Self.ids(request)
        let count = try await ask { () async throws(LedgerError) in try await outbox.retry(ids, of: endpoint) }
        delivery.wake()
        return .object([("endpoint", .string(endpoint)), ("events", .number(count))])
    }

    private func drop(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        let endpoint = try endpoint(request)
        guard let state = try Self.state(request), state != .delivered else {
            throw ControlFailure(.invalidParameter, "state must be pending or dead")
        }
        let ids = Self.ids(request)
        let count = try await ask { () async throws(LedgerError) in try await outbox.drop(ids, state, of: endpoint) }
        if state == .pending { delivery.forget(ids, of: endpoint, count: count) }
        return .object([("endpoint", .string(endpoint)), ("events", .number(count))])
    }

    private func replay(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        let endpoint = try endpoint(request)
        guard let text = request["since"], let since = WallTime(given: text, now: .now) else {
            throw ControlFailure(.invalidParameter, "since must be such as 1h or 7d, or 2026-01-02T03:04:05Z")
        }
        let count = try await ask { () async throws(LedgerError) in
            try await outbox.replay(since: since.microseconds, to: endpoint)
        }
        delivery.wake()
        return .object([
            ("endpoint", .string(endpoint)), ("since", .string(since.secondsDescription)), ("events", .number(count)),
        ])
    }

    private func test(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        let endpoint = try endpoint(request)
        let entry = TestEvent.entry(for: endpoint, by: request.caller.text)
        guard let result = await delivery.test(endpoint, with: entry) else {
            throw ControlFailure(.conflict, "there is no endpoint \(endpoint)")
        }
        return .object([
            ("endpoint", .string(endpoint)), ("event", .string(entry.id)), ("arrived", .bool(result.failure == nil)),
            ("status", result.status.map { .number(Int64($0)) }), ("failure", result.failure.map { .string($0) }),
            ("took_us", .number(result.took.microseconds)),
        ])
    }

    // MARK: Parameters

    /// Nil for all; else separated by commas.
    private static func ids(_ request: ControlRequest) -> [String]? {
        request["ids"].map { $0.split(separator: ",").map(String.init) }
    }

    private func endpoint(_ request: ControlRequest) throws(ControlFailure) -> String {
        guard let name = request["endpoint"] else { throw ControlFailure(.invalidParameter, "endpoint is needed") }
        try known(name)
        return name
    }

    private func known(_ endpoint: String) throws(ControlFailure) {
        let names = delivery.statuses.map(\.name)
        guard !names.contains(endpoint) else { return }
        let list = names.isEmpty ? "none is configured" : "there is \(names.joined(separator: ", "))"
        throw ControlFailure(.invalidParameter, "there is no endpoint \(endpoint); \(list)")
    }

    private static func state(_ request: ControlRequest) throws(ControlFailure) -> OutboxState? {
        guard let text = request["state"] else { return nil }
        guard let state = OutboxState(rawValue: text) else {
            throw ControlFailure(.invalidParameter, "state must be pending, dead or delivered")
        }
        return state
    }

    private static func number(
        _ request: ControlRequest,
        _ name: String,
        default standard: Int64
    ) throws(ControlFailure) -> Int64 {
        guard let text = request[name] else { return standard }
        guard let number = Int64(text), number >= 0 else {
            throw ControlFailure(.invalidParameter, "\(name) must be a number")
        }
        return number
    }

    private func ask<Output: Sendable>(
        _ body: () async throws(LedgerError) -> Output
    ) async throws(ControlFailure) -> Output {
        do throws(LedgerError) { return try await body() } catch {
            throw ControlFailure(.failed, "the ledger: \(error)")
        }
    }

    private static func json(_ row: OutboxRow, hasBody: Bool) -> JSONText {
        let entry = row.item.entry
        return .object([
            ("id", .string(entry.id)), ("position", .number(row.item.position)),
            ("endpoint", row.endpoint.map { .string($0) }), ("state", .string(row.state.rawValue)),
            ("action", .string(entry.action.rawValue)), ("repository", .string(entry.repository)),
            ("time", .string(WallTime(microseconds: entry.time).description)),
            ("reason", row.reason.map { .string($0) }), ("detail", row.detail.map { .string($0) }),
            ("died_at", row.diedAt.map { .string(WallTime(microseconds: $0).secondsDescription) }),
            ("attempts", row.attempts > 0 ? .number(Int64(row.attempts)) : nil),
            // As text, since it is told as it is sent.
            ("body", hasBody ? .string(entry.body) : nil),
        ])
    }
}

/// An event that tells of nothing, for finding out whether an endpoint takes events.
enum TestEvent {
    static func entry(for endpoint: String, by caller: String) -> OutboxEntry {
        let id = EventID.make()
        let time = WallTime.now
        let body = JSONText.object([
            ("id", .string(id)), ("timestamp", .string(time.description)), ("action", .string("push")),
            ("target", .object([("repository", .string("plimsoll/test")), ("tag", .string("test"))])),
            ("request", .object([])), ("actor", .object([("name", .string(caller))])),
            ("source", .object([("addr", .string(EventSource.hostName))])),
        ])
        return OutboxEntry(
            id: id,
            repository: "plimsoll/test",
            action: .push,
            time: time.microseconds,
            body: body.text,
            trace: "",
            endpoints: [endpoint]
        )
    }
}
