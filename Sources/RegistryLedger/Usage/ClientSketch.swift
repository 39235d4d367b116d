//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How many different clients there were, in at most 512 bytes: the smallest hashes of their names.
///
/// Exact up to 64 clients. Beyond, the 64th smallest of evenly spread hashes tells how many there are (K minimum values,
/// Bar-Yossef and others 2002), to about an eighth. Two sketches are joined without loss.
package struct ClientSketch: Sendable, Equatable {
    private static let capacity = 64

    /// In rising order.
    private var hashes: [UInt64] = []

    package init() {}

    /// Reads what `bytes` has; what is no sketch is an empty one.
    init(_ bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: 8), bytes.count <= 8 * Self.capacity else { return }
        let found = bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
            }
        }
        let isRising = zip(found, found.dropFirst()).allSatisfy { $0 < $1 }
        if isRising { hashes = found } else { for hash in found { insert(hash) } }
    }

    /// As the tables have it: each hash in eight bytes, the high one first.
    var bytes: [UInt8] {
        hashes.flatMap { hash in (0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * $0)) } }
    }

    /// - Parameter name: of the client.
    mutating func insert(_ name: String) { insert(Self.hash(name)) }

    mutating func insert(_ hash: UInt64) {
        if hashes.count == Self.capacity, let last = hashes.last, hash >= last { return }
        let position = hashes.firstIndex { $0 >= hash } ?? hashes.count
        if position < hashes.count, hashes[position] == hash { return }
        hashes.insert(hash, at: position)
        if hashes.count > Self.capacity { hashes.removeLast() }
    }

    mutating func join(_ other: ClientSketch) {
        guard !other.hashes.isEmpty else { return }
        guard other.hashes.count > 1, !hashes.isEmpty else {
            if hashes.isEmpty { hashes = other.hashes } else { insert(other.hashes[0]) }
            return
        }
        // Both rise: merged in one pass, as far as there is room.
        var joined: [UInt64] = []
        joined.reserveCapacity(Self.capacity)
        var (left, right) = (0, 0)
        while joined.count < Self.capacity, left < hashes.count || right < other.hashes.count {
            let one = left < hashes.count ? hashes[left] : .max
            let two = right < other.hashes.count ? other.hashes[right] : .max
            joined.append(min(one, two))
            if left < hashes.count, one <= two { left += 1 }
            if right < other.hashes.count, two <= one { right += 1 }
        }
        hashes = joined
    }

    /// The number of clients; an estimate from 64 on.
    package var count: Int64 {
        guard hashes.count == Self.capacity, let last = hashes.last, last > 0 else { return Int64(hashes.count) }
        return max(Int64(Self.capacity), Int64(Double(Self.capacity - 1) * (Double(UInt64.max) / Double(last))))
    }

    /// The same in every run, and spread evenly: FNV-1a, and the finish of MurmurHash3.
    static func hash(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ (hash >> 33)
    }
}
