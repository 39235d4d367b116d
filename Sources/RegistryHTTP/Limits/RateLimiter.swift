//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Synchronization

/// How often each client asks: the generic cell rate algorithm over a bounded table.
///
/// A client has one number, the time at which all it asked for so far is paid off. One that is not known begins with its
/// whole burst; so when the table is full the clients that have paid are forgotten without any effect, and only after
/// those any other.
final class RateLimiter: Sendable {
    private let interval: Duration
    /// How far ahead of its time a client may be.
    private let tolerance: Duration
    private let shards: [Shard]
    /// A century in seconds, as more is no time that can be reckoned with.
    private static let longest = 3_155_760_000.0

    /// - Parameter tracked: clients that are remembered at a time.
    init(_ rate: RequestLimits.Rate, tracked: Int) {
        self.interval = .seconds(min(1 / rate.perSecond, Self.longest))
        self.tolerance = .seconds(min(Double(rate.burst - 1) / rate.perSecond, Self.longest))
        // Several, so that the event loops do not wait for each other.
        let count = min(16, max(1, tracked))
        self.shards = (0..<count).map { _ in Shard(capacity: max(1, tracked / count)) }
    }

    /// Counts a request.
    /// - Returns: how long until the client may ask again; nil if it may now, and then this request is counted.
    func take(_ client: ClientKey, _ now: MonotonicTime) -> Duration? {
        // Addresses of one network differ in few bits.
        let hash = client.value &* 0x9e37_79b9_7f4a_7c15
        return shards[Int(hash >> 32) % shards.count].take(client, now, interval: interval, tolerance: tolerance)
    }

    /// Clients that are remembered.
    var count: Int { shards.reduce(0) { $0 + $1.count } }

    private final class Shard: Sendable {
        private let capacity: Int
        private let state = Mutex(State())

        private struct State {
            var paid: [ClientKey: MonotonicTime] = [:]
            /// Before this, looking through all clients again would find few, and could be asked for with every request.
            var nextSweep: MonotonicTime?

            mutating func makeRoom(_ now: MonotonicTime) {
                if nextSweep.map({ $0 <= now }) ?? true {
                    nextSweep = now + .seconds(1)
                    let count = paid.count
                    paid = paid.filter { $0.value > now }
                    if paid.count < count { return }
                }
                if let any = paid.keys.first { paid[any] = nil }
            }
        }

        init(capacity: Int) { self.capacity = capacity }

        var count: Int { state.withLock { $0.paid.count } }

        func take(
            _ client: ClientKey,
            _ now: MonotonicTime,
            interval: Duration,
            tolerance: Duration
        ) -> Duration? {
            state.withLock { state in
                let known = state.paid[client]
                let due = max(known ?? now, now)
                let early = due - now
                guard early <= tolerance else { return early - tolerance }
                if known == nil, state.paid.count >= capacity { state.makeRoom(now) }
                state.paid[client] = due + interval
                return nil
            }
        }
    }
}
