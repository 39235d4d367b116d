//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// Counts by repository of those that are used most, in bounded memory: pure.
///
/// Which ones these are is found as "Space-Saving" finds them (Metwally, Agrawal, El Abbadi, 2005): a newcomer takes the
/// place of the least used and starts with its rank. Unlike there, counts are exact: they begin when a repository gets its
/// place, and what the one before had counted goes to all the others. So every count is in the table exactly once.
struct UsageTable {
    private let capacity: Int
    private var entries: [Entry] = []
    private var positions: [RepositoryName: Int] = [:]
    /// What was not counted under a name.
    private(set) var other = UsageCounts()

    struct Entry {
        var name: RepositoryName
        var counts: UsageCounts
        /// Requests, and those of the ones that had this place before.
        var rank: Int64
    }

    /// - Parameter capacity: names, at least 1.
    init(capacity: Int) { self.capacity = capacity }

    /// Adds what one request did.
    /// - Parameter exists: whether the request has shown that there is such a repository; only then is it given a place.
    mutating func add(_ counts: UsageCounts, to name: RepositoryName, exists: Bool) {
        if let position = positions[name] {
            entries[position].counts += counts
            entries[position].rank += 1
        } else if !exists {
            other += counts
        } else if entries.count < capacity {
            positions[name] = entries.count
            entries.append(Entry(name: name, counts: counts, rank: 1))
        } else {
            replaceLeastUsed(by: name, counts)
        }
    }

    private mutating func replaceLeastUsed(by name: RepositoryName, _ counts: UsageCounts) {
        guard let position = entries.indices.min(by: { entries[$0].rank < entries[$1].rank }) else { return }
        other += entries[position].counts
        positions[entries[position].name] = nil
        positions[name] = position
        entries[position] = Entry(name: name, counts: counts, rank: entries[position].rank + 1)
    }

    /// The repositories that are used most, by name, and what all the others come to.
    /// - Parameter limit: names at most; nil for all there are.
    func top(_ limit: Int?) -> (named: [Entry], other: UsageCounts) {
        let ranked = entries.sorted { ($1.rank, $0.name.description) < ($0.rank, $1.name.description) }
        let named = ranked.prefix(limit ?? ranked.count)
        var other = other
        for entry in ranked.dropFirst(named.count) { other += entry.counts }
        return (named.sorted { $0.name.description < $1.name.description }, other)
    }
}

/// What was done with a repository.
struct UsageCounts: Equatable, Sendable {
    /// Manifests sent.
    var pulls: Int64 = 0
    /// Manifests stored.
    var pushes: Int64 = 0
    var receivedBytes: Int64 = 0
    var sentBytes: Int64 = 0
    /// Requests that were refused.
    var refused: Int64 = 0
    /// Requests that failed.
    var failed: Int64 = 0

    static func += (left: inout UsageCounts, right: UsageCounts) {
        left.pulls += right.pulls
        left.pushes += right.pushes
        left.receivedBytes += right.receivedBytes
        left.sentBytes += right.sentBytes
        left.refused += right.refused
        left.failed += right.failed
    }
}
