//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry
import Synchronization

/// Counts the use of repositories in memory, until the ledger takes it: a pull waits for nothing.
///
/// A manifest that is pulled counts for its repository, its digest, and the tag it was asked for by; HEAD requests are
/// counted apart. What a crash takes along is what was counted since the ledger took it last.
package final class UsageCounter: Observer {
    /// What is counted for.
    struct Key: Hashable, Sendable {
        var day: Int64
        var repository: RepositoryName
        var reference: UsageReference
    }

    struct Count: Sendable, Equatable {
        var pulls: Int64 = 0
        var heads: Int64 = 0
        var pushes: Int64 = 0
        var sentBytes: Int64 = 0
        var receivedBytes: Int64 = 0
        var clients = ClientSketch()
        /// Microseconds since 1970.
        var lastPull: Int64?
        var lastPullBy: String?

        /// Adds one request; nothing is allocated for it where its client is known already.
        mutating func add(_ use: Use) {
            pulls += use.pulls
            heads += use.heads
            pushes += use.pushes
            sentBytes += use.sentBytes
            receivedBytes += use.receivedBytes
            guard let client = use.client else { return }
            clients.insert(client)
            lastPull = use.time
            lastPullBy = use.clientName
        }

        mutating func add(_ other: Count) {
            pulls += other.pulls
            heads += other.heads
            pushes += other.pushes
            sentBytes += other.sentBytes
            receivedBytes += other.receivedBytes
            clients.join(other.clients)
            guard let time = other.lastPull, time >= lastPull ?? .min else { return }
            lastPull = time
            lastPullBy = other.lastPullBy
        }
    }

    /// What one request counts for.
    struct Use {
        var pulls: Int64 = 0
        var heads: Int64 = 0
        var pushes: Int64 = 0
        var sentBytes: Int64
        var receivedBytes: Int64
        /// Of one that pulls.
        var client: UInt64?
        var clientName: String
        var time: Int64
    }

    /// A count in its place, which one request after the other adds to without moving it; used under its shard's lock.
    private final class Place: @unchecked Sendable {
        var count = Count()
    }

    /// The same, by who it was.
    let clients = ClientCounts()

    private typealias Table = [Key: Place]

    /// By repository, so that requests of different ones do not wait for each other.
    private let shards: [Shard]
    /// Keys in a shard; use of what has no place is counted for its repository only.
    private static let maximumKeys = 8192

    private final class Shard: Sendable {
        let table = Mutex<Table>([:])
    }

    package init() { self.shards = (0..<16).map { _ in Shard() } }

    package func conclude(_ record: RequestRecord) {
        guard let name = record.repository, (200..<400).contains(record.result) else { return }
        let method = record.methodName
        var use = Use(
            sentBytes: record.bytesOut,
            receivedBytes: record.bytesIn,
            clientName: record.user ?? record.remoteAddress,
            time: record.start.microseconds
        )
        let isManifest = record.route == .manifest
        if isManifest {
            switch method {
            case .get where !record.isAborted: use.pulls = 1
            case .head: use.heads = 1
            case .put: use.pushes = 1
            default: break
            }
        }
        guard use.pulls + use.heads + use.pushes + use.sentBytes + use.receivedBytes > 0 else { return }
        // An upload that was only begun makes no repository.
        guard isManifest || record.route == .blob || record.result == 201 else { return }
        if use.pulls + use.heads > 0 { use.client = ClientSketch.hash(use.clientName) }
        let day = record.start.microseconds / Self.dayLength
        clients.add(use, day: day)
        shard(of: name).table.withLock { table in
            Self.place(Key(day: day, repository: name, reference: .all), &table).count.add(use)
            guard isManifest, table.count < Self.maximumKeys else { return }
            if case .tag(let tag) = record.reference {
                Self.place(Key(day: day, repository: name, reference: .tag(tag)), &table).count.add(use)
            }
            if let digest = record.digest {
                Self.place(Key(day: day, repository: name, reference: .digest(digest)), &table).count.add(use)
            }
        }
    }

    private func shard(of name: RepositoryName) -> Shard { shards[abs(name.hashValue % shards.count)] }

    private static func place(_ key: Key, _ table: inout Table) -> Place {
        if let place = table[key] { return place }
        let place = Place()
        table[key] = place
        return place
    }

    static let dayLength: Int64 = 86_400_000_000

    /// Takes what was counted; it is counted from nothing again.
    func take() -> [Key: Count] {
        shards.reduce(into: [:]) { all, shard in
            let table = shard.table.withLock { table in
                defer { table = [:] }
                return table
            }
            for (key, place) in table { all[key] = place.count }
        }
    }

    /// Gives back what could not be kept.
    func giveBack(_ counts: [Key: Count]) {
        for (key, count) in counts {
            shard(of: key.repository).table.withLock { table in
                guard table[key] != nil || table.count < Self.maximumKeys else { return }
                Self.place(key, &table).count.add(count)
            }
        }
    }
}

/// What of a repository was used.
package enum UsageReference: Sendable, Hashable {
    /// All of it.
    case all
    case tag(Tag)
    case digest(Digest)

    /// As the tables have it.
    var kind: Int64 {
        switch self {
        case .all: 0
        case .tag: 1
        case .digest: 2
        }
    }

    var text: String {
        switch self {
        case .all: ""
        case .tag(let tag): tag.description
        case .digest(let digest): digest.description
        }
    }
}
