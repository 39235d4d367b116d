//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// Which content a cache holds, and what it lets go of first: what was not asked for the longest.
///
/// A pure value. Room is promised before a file is filled, so that the bound holds while files grow.
struct CacheIndex {
    private let limit: Int64
    /// Of the entries.
    private(set) var bytes: Int64 = 0
    /// Promised to what is being filled.
    private(set) var reserved: Int64 = 0
    private var places: [Digest: Int] = [:]
    private var nodes: [Node] = []
    private var free: [Int] = []
    private var oldest = Self.none
    private var newest = Self.none

    private static let none = -1

    private struct Node {
        var digest: Digest
        var entry: Entry
        var older: Int
        var newer: Int
    }

    struct Entry: Equatable {
        /// Bytes.
        var size: Int64
        /// When the storage was last seen to have it; nil for never.
        var confirmed: MonotonicTime?
    }

    /// - Parameter limit: bytes of all entries.
    init(limit: Int64) { self.limit = limit }

    var count: Int { places.count }

    /// An entry, which is the one used last from now on.
    mutating func use(_ digest: Digest) -> Entry? {
        guard let place = places[digest] else { return nil }
        unlink(place)
        append(place)
        return nodes[place].entry
    }

    mutating func confirm(_ digest: Digest, at time: MonotonicTime) {
        guard let place = places[digest] else { return }
        nodes[place].entry.confirmed = time
    }

    /// Promises room.
    /// - Returns: what has to go for it, which is no entry any more; nil if there cannot be so much room.
    mutating func reserve(_ size: Int64) -> [Digest]? {
        guard size <= limit - reserved else { return nil }
        reserved += size
        return evict()
    }

    /// Takes a promise back.
    mutating func release(_ size: Int64) { reserved -= size }

    /// Makes an entry of what room was promised to.
    mutating func settle(_ digest: Digest, _ entry: Entry) {
        reserved -= entry.size
        put(digest, entry)
    }

    /// Takes in what is there already.
    /// - Returns: what has to go for it.
    mutating func adopt(_ digest: Digest, size: Int64) -> [Digest] {
        put(digest, Entry(size: size, confirmed: nil))
        return evict()
    }

    /// - Returns: whether there was such an entry.
    mutating func remove(_ digest: Digest) -> Bool {
        guard let place = places.removeValue(forKey: digest) else { return false }
        bytes -= nodes[place].entry.size
        unlink(place)
        free.append(place)
        return true
    }

    /// Removes all entries.
    mutating func removeAll() -> [Digest] {
        let digests = Array(places.keys)
        for digest in digests { _ = remove(digest) }
        return digests
    }

    private mutating func put(_ digest: Digest, _ entry: Entry) {
        _ = remove(digest)
        let node = Node(digest: digest, entry: entry, older: Self.none, newer: Self.none)
        let place: Int
        if let empty = free.popLast() {
            place = empty
            nodes[place] = node
        } else {
            place = nodes.count
            nodes.append(node)
        }
        places[digest] = place
        bytes += entry.size
        append(place)
    }

    private mutating func evict() -> [Digest] {
        var evicted: [Digest] = []
        while bytes + reserved > limit, oldest != Self.none {
            let digest = nodes[oldest].digest
            _ = remove(digest)
            evicted.append(digest)
        }
        return evicted
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (nodes[place].older, nodes[place].newer)
        if older == Self.none { oldest = newer } else { nodes[older].newer = newer }
        if newer == Self.none { newest = older } else { nodes[newer].older = older }
    }

    private mutating func append(_ place: Int) {
        nodes[place].older = newest
        nodes[place].newer = Self.none
        if newest == Self.none { oldest = place } else { nodes[newest].newer = place }
        newest = place
    }
}
