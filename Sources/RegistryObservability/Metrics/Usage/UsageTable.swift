//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HeapModule
import RegistryModel

/// Counts by repository of those that are used most, in bounded memory: pure.
///
/// What happens is counted once, under the name of a repository that has a place then, or else with all the others. Nothing
/// is moved later: counts only grow, so that whoever takes their rates sees what happened, and not what changed its name.
///
/// Who has a place is found much as "Space-Saving" finds it (Metwally, Agrawal, El Abbadi, 2005): in a full table a newcomer
/// takes the place of the least used, and starts with its rank and a count of its own. Unlike there it has to be asked for
/// a few times first, so that those who are asked for now and then do not take each other's places with each request.
struct UsageTable {
    private let capacity: Int
    private var entries: [Entry] = []
    private var positions: [RepositoryName: Int] = [:]
    /// Places by a rank that they have, or had: found out when the least is asked for, so that counting need not keep order.
    private var order = Heap<Place>()
    /// Requests to names without a place, by a hash of the name, since one of them got a place.
    private var candidates: [UInt8] = []
    /// What was not counted under a name.
    private(set) var other = UsageCounts()

    /// Requests to a repository that make it a place in a full table.
    static let threshold: UInt8 = 8
    private static let candidateCount = 4096

    struct Entry {
        var name: RepositoryName
        var counts: UsageCounts
        /// Requests since it has its place, and those of the ones that had this place before.
        var rank: Int64
    }

    private struct Place: Comparable {
        var rank: Int64
        var position: Int

        static func < (left: Place, right: Place) -> Bool { (left.rank, left.position) < (right.rank, right.position) }
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
            order.insert(Place(rank: 1, position: entries.count))
            positions[name] = entries.count
            entries.append(Entry(name: name, counts: counts, rank: 1))
        } else if isDue(name) {
            replaceLeastUsed(by: name, counts)
        } else {
            other += counts
        }
    }

    /// Whether a repository without a place has been asked for often enough to get one.
    private mutating func isDue(_ name: RepositoryName) -> Bool {
        if candidates.isEmpty { candidates = Array(repeating: 0, count: Self.candidateCount) }
        let candidate = Int(UInt(bitPattern: name.hashValue) % UInt(Self.candidateCount))
        candidates[candidate] += 1
        guard candidates[candidate] >= Self.threshold else { return false }
        candidates[candidate] = 0
        return true
    }

    private mutating func replaceLeastUsed(by name: RepositoryName, _ counts: UsageCounts) {
        guard let least = leastUsed() else { return }
        positions[entries[least].name] = nil
        positions[name] = least
        entries[least] = Entry(name: name, counts: counts, rank: entries[least].rank + 1)
    }

    /// The place of the least used.
    ///
    /// Ranks only grow, so a place that still has the least of all ranks that were noted is it. Each one that has another by
    /// now was counted meanwhile, which pays for putting it right: over all requests the work is logarithmic.
    private mutating func leastUsed() -> Int? {
        while let first = order.min {
            let rank = entries[first.position].rank
            guard rank > first.rank else { return first.position }
            order.replaceMin(with: Place(rank: rank, position: first.position))
        }
        return nil
    }

    /// The repositories that are used most, by name, and what was counted under no name.
    /// - Parameter limit: names at most; nil for all there are. What is counted under other names is left out.
    func top(_ limit: Int?) -> (named: [Entry], other: UsageCounts) {
        let ranked = entries.sorted { ($1.rank, $0.name.description) < ($0.rank, $1.name.description) }
        let named = ranked.prefix(limit ?? ranked.count)
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
