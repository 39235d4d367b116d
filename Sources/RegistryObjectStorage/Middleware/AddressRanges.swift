//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import RegistryModel
import Synchronization

/// Ranges of addresses, as a list of AWS tells them.
///
/// Source: Amazon VPC user guide, "AWS IP address ranges".
package struct AddressRanges: Sendable, Equatable {
    /// In order, and none touches another.
    private var version4: [ClosedRange<UInt128>] = []
    private var version6: [ClosedRange<UInt128>] = []

    /// Of a list's text.
    /// - Parameter regions: in lower case, of which ranges are taken; all if empty.
    /// - Returns: nil for what is no such list.
    package init?(list: [UInt8], regions: [String]) {
        guard let document = try? StrictJSON(list), document.isObject else { return nil }
        guard let four = Self.ranges(document["prefixes"], "ip_prefix", regions),
            let six = Self.ranges(document["ipv6_prefixes"], "ipv6_prefix", regions)
        else { return nil }
        version4 = Self.merged(four)
        version6 = Self.merged(six)
    }

    private static func ranges(_ list: StrictJSON?, _ name: String, _ regions: [String]) -> [ClosedRange<UInt128>]? {
        guard case .array(let items) = list ?? .array([]) else { return nil }
        return items.compactMap { item in
            guard case .string(let prefix) = item[name] else { return nil }
            if !regions.isEmpty {
                guard case .string(let region) = item["region"], regions.contains(region.lowercased()) else {
                    return nil
                }
            }
            return range(prefix)
        }
    }

    /// Of a prefix such as `10.0.0.0/8` (RFC 4632 §3.1, RFC 4291 §2.3).
    private static func range(_ prefix: String) -> ClosedRange<UInt128>? {
        let parts = prefix.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let (address, width) = number(String(parts[0])), let bits = Int(parts[1]),
            (0...width).contains(bits)
        else { return nil }
        let mask: UInt128 = width == bits ? 0 : (UInt128(1) << UInt128(width - bits)) &- 1
        return (address & ~mask)...(address | mask)
    }

    private static func merged(_ ranges: [ClosedRange<UInt128>]) -> [ClosedRange<UInt128>] {
        var merged: [ClosedRange<UInt128>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// An address as a number, and its bits.
    private static func number(_ text: String) -> (UInt128, width: Int)? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return (UInt128(UInt32(bigEndian: four.s_addr)), 32) }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let number = withUnsafeBytes(of: &six) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
        // An address of version 4 within version 6 (RFC 4291 §2.5.5.2).
        if number >> 32 == 0xffff { return (number & 0xffff_ffff, 32) }
        return (number, 128)
    }

    /// Whether an address is in one of them; false for what is no address.
    package func contains(_ text: String) -> Bool {
        guard let (address, width) = Self.number(text) else { return false }
        let ranges = width == 32 ? version4 : version6
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < address { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(address)
    }
}

/// The ranges that were last heard of.
package final class AddressRangeList: Sendable {
    private let regions: [String]
    private let url: String
    private let ranges = Mutex<AddressRanges?>(nil)

    /// - Parameters:
    ///   - url: of the list.
    ///   - regions: in lower case; all if empty.
    package init(url: String, regions: [String]) {
        self.url = url
        self.regions = regions
    }

    /// Whether an address is in one of the ranges; false until there is a list.
    package func contains(_ address: String) -> Bool { ranges.withLock { $0 }?.contains(address) ?? false }

    private static let time = Duration.seconds(60)

    /// Asks for the list.
    /// - Throws: when there is none; the one before stays.
    package func update(_ http: BackendHTTP) async throws(ObjectStoreError) {
        let answer = try await http.send(BackendMessage("GET", url), within: Self.time)
        guard answer.status == 200 else { throw ObjectStoreError(.failed, status: answer.status, "no list") }
        guard let found = AddressRanges(list: Array(answer.body.readableBytesView), regions: regions) else {
            throw ObjectStoreError(.failed, "what came is no list of addresses")
        }
        ranges.withLock { $0 = found }
    }
}
