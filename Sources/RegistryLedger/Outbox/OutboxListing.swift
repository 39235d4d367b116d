//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What an operator can look at and do with events that are kept.
package protocol OutboxListing: Outbox {
    /// Events in order of their positions.
    /// - Parameters:
    ///   - endpoint: nil for all.
    ///   - state: nil for all; of delivered events those are there that are kept for replaying.
    ///   - position: only those behind it.
    func list(endpoint: String?, state: OutboxState?, after position: Int64, limit: Int) async throws(LedgerError)
        -> [OutboxRow]

    /// An event by its id, with a row for each endpoint that has or had it.
    func show(_ id: String) async throws(LedgerError) -> [OutboxRow]

    /// Puts dead letters back into their queues, with positions of now.
    /// - Parameter ids: nil for all of the endpoint.
    /// - Returns: how many.
    func retry(_ ids: [String]?, of endpoint: String) async throws(LedgerError) -> Int64

    /// Gives up events that wait, or takes dead letters away for good.
    /// - Parameter ids: nil for all of that state of the endpoint.
    /// - Returns: how many.
    func drop(_ ids: [String]?, _ state: OutboxState, of endpoint: String) async throws(LedgerError) -> Int64

    /// Puts events into an endpoint's queue once more, also those that were not for it, with positions of now.
    /// - Parameter time: from which on, in microseconds since 1970.
    /// - Returns: how many.
    func replay(since time: Int64, to endpoint: String) async throws(LedgerError) -> Int64
}

/// How it is with an event at an endpoint.
package enum OutboxState: String, Sendable, CaseIterable {
    case pending, dead, delivered
}

/// An event at an endpoint.
package struct OutboxRow: Sendable, Equatable {
    /// Nil for an event that all have, as it is kept for replaying.
    package var endpoint: String?
    package var state: OutboxState
    package var item: OutboxItem
    /// Of a dead letter: why, what was said last, when (microseconds since 1970), and after how many attempts.
    package var reason: String?
    package var detail: String?
    package var diedAt: Int64?
    package var attempts: Int

    package init(
        endpoint: String?,
        state: OutboxState,
        item: OutboxItem,
        reason: String? = nil,
        detail: String? = nil,
        diedAt: Int64? = nil,
        attempts: Int = 0
    ) {
        self.endpoint = endpoint
        self.state = state
        self.item = item
        self.reason = reason
        self.detail = detail
        self.diedAt = diedAt
        self.attempts = attempts
    }
}
