//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A question about a log, which sees every line once.
package protocol LogQuery {
    /// Takes a line into account.
    mutating func take(_ line: LogLine)

    /// The answer.
    /// - Parameter top: rows at most; nil for all.
    func answer(top: Int?) -> ResultTable
}

/// The largest of many rows, in memory for no more than are wanted.
struct TopRows<Row> {
    private var rows: [(key: Int64, row: Row)] = []
    private let limit: Int?
    /// Rows that were offered.
    private(set) var count = 0

    /// - Parameter limit: nil keeps all.
    init(limit: Int?) { self.limit = limit }

    /// - Parameter row: made only if it is among the largest.
    mutating func offer(_ key: Int64, _ row: () -> Row) {
        count += 1
        guard let limit else {
            rows.append((key, row()))
            return
        }
        if rows.count >= limit {
            guard let least = rows.last, key > least.key else { return }
            rows.removeLast()
        }
        // Behind its equals, so that the first stays first.
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].key >= key { low = middle + 1 } else { high = middle }
        }
        rows.insert((key, row()), at: low)
    }

    /// Largest first, and of equals the one that was offered first.
    var sorted: [Row] {
        guard limit == nil else { return rows.map(\.row) }
        return rows.enumerated().sorted { ($0.element.key, $1.offset) > ($1.element.key, $0.offset) }.map(\.element.row)
    }
}

/// Quantiles of whole numbers, each bucket 1/64 of its value wide.
struct QuantileSketch {
    private var counts: [Int: Int64] = [:]
    private(set) var count: Int64 = 0
    private(set) var sum: Int64 = 0
    private(set) var maximum: Int64 = 0

    private static let detail = 6

    mutating func add(_ value: Int64) {
        let value = max(0, value)
        counts[Self.bucket(value), default: 0] += 1
        count += 1
        sum.add(saturating: value)
        maximum = max(maximum, value)
    }

    /// The value that a share of all values does not exceed; at most 1.6 % too large.
    func quantile(_ share: Double) -> Int64 {
        let wanted = Int64((Double(count) * share).rounded(.up))
        var seen: Int64 = 0
        for (bucket, count) in counts.sorted(by: { $0.key < $1.key }) {
            seen += count
            if seen >= wanted { return min(Self.upperBound(bucket), maximum) }
        }
        return maximum
    }

    private static func bucket(_ value: Int64) -> Int {
        let exponent = max(0, 63 - value.leadingZeroBitCount - detail)
        return exponent << (detail + 1) | Int(value >> exponent)
    }

    private static func upperBound(_ bucket: Int) -> Int64 {
        let exponent = bucket >> (detail + 1)
        return (Int64(bucket & (1 << (detail + 1) - 1)) + 1) << exponent &- 1
    }
}

extension Int64 {
    /// Adds, and stays at the largest number: lines can hold any.
    mutating func add(saturating other: Int64) {
        let (sum, overflows) = addingReportingOverflow(other)
        self = overflows ? (other < 0 ? .min : .max) : sum
    }
}
