//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Use by client, counted in memory until the ledger takes it.
///
/// A client is a user, or the address of one that need not say who he is. Those beyond a bound are counted together,
/// under an empty name.
final class ClientCounts: Sendable {
    struct Key: Hashable, Sendable {
        var day: Int64
        /// Empty for those that are too many.
        var client: String
    }

    struct Count: Sendable, Equatable {
        var pulls: Int64 = 0
        var heads: Int64 = 0
        var pushes: Int64 = 0
        var sentBytes: Int64 = 0
        var receivedBytes: Int64 = 0
        /// Microseconds since 1970.
        var lastSeen: Int64 = 0

        mutating func add(_ other: Count) {
            pulls += other.pulls
            heads += other.heads
            pushes += other.pushes
            sentBytes += other.sentBytes
            receivedBytes += other.receivedBytes
            lastSeen = max(lastSeen, other.lastSeen)
        }
    }

    /// By client, so that few wait for each other.
    private let shards: [Shard]
    /// Clients in a shard.
    private static let maximumKeys = 1024

    private final class Shard: Sendable {
        let table = Mutex<[Key: Count]>([:])
    }

    init() { self.shards = (0..<16).map { _ in Shard() } }

    func add(_ use: UsageCounter.Use, day: Int64) {
        add(
            Count(
                pulls: use.pulls,
                heads: use.heads,
                pushes: use.pushes,
                sentBytes: use.sentBytes,
                receivedBytes: use.receivedBytes,
                lastSeen: use.time
            ),
            for: Key(day: day, client: use.clientName)
        )
    }

    private func add(_ count: Count, for key: Key) {
        let shard = shards[Int(UInt(bitPattern: key.client.hashValue) % UInt(shards.count))]
        shard.table.withLock { table in
            var key = key
            if table.count >= Self.maximumKeys, table[key] == nil { key.client = "" }
            table[key, default: Count()].add(count)
        }
    }

    /// Takes what was counted; it is counted from nothing again.
    func take() -> [Key: Count] {
        shards.reduce(into: [:]) { all, shard in
            let table = shard.table.withLock { table in
                defer { table = [:] }
                return table
            }
            for (key, count) in table { all[key, default: Count()].add(count) }
        }
    }

    /// Gives back what could not be kept.
    func giveBack(_ counts: [Key: Count]) {
        for (key, count) in counts { add(count, for: key) }
    }
}
