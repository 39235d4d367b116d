//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Counts of values by size: one atomic addition to a bucket and one to the sum a value, no lock.
package final class Histogram: Sendable {
    package let buckets: HistogramBuckets
    /// One more than there are bounds; each counts the values above the bound before it, up to its own.
    private let counters: [Counter]
    private let total = Counter()

    package init(_ buckets: HistogramBuckets) {
        self.buckets = buckets
        self.counters = (0...buckets.bounds.count).map { _ in Counter() }
    }

    /// Records a value in the unit of the bounds: bytes, or nanoseconds.
    package func record(_ value: Int64) {
        // At most two dozen bounds, most values in the first few: a walk beats a search.
        let position = buckets.bounds.firstIndex { value <= $0 } ?? buckets.bounds.count
        counters[position].add()
        total.add(value)
    }

    /// Records a time.
    package func record(_ time: Duration) { record(time.nanoseconds) }

    /// Counts by bucket, not cumulated; the last one is of the values above all bounds.
    package var counts: [Int64] { counters.map(\.value) }

    /// Sum of the values, in the unit of the bounds.
    package var sum: Int64 { total.value }
}

/// The upper bounds of a histogram's buckets, in whole units so that sums are exact.
package struct HistogramBuckets: Sendable, Equatable {
    package let bounds: [Int64]
    /// Units in one of the exported unit: 1,000,000,000 for times, 1 for bytes.
    package let unitsPerBase: Int64

    private init(bounds: [Int64], unitsPerBase: Int64) {
        self.bounds = bounds
        self.unitsPerBase = unitsPerBase
    }

    /// Bounds given in milliseconds, exported in seconds.
    private static func milliseconds(_ bounds: [Int64]) -> HistogramBuckets {
        HistogramBuckets(bounds: bounds.map { $0 * 1_000_000 }, unitsPerBase: 1_000_000_000)
    }

    /// Distribution's bounds of request durations: 5 ms to 60 s.
    package static let requestDuration = milliseconds([
        5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 60_000,
    ])
    /// The default bounds of Prometheus clients, used by distribution for storage actions: 5 ms to 10 s.
    package static let clientDefault = milliseconds([5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000])
    /// Distribution's bounds of request and response sizes: 1 KiB doubled 21 times, to 2 GiB.
    package static let messageSize = HistogramBuckets(bounds: (0..<22).map { 1024 << $0 }, unitsPerBase: 1)
    /// Ours, for streams and stages: 100 µs to 100 s, in steps of about three.
    package static let stage = HistogramBuckets(
        bounds: [
            100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000,
            100_000_000,
        ]
        .map { $0 * 1000 },
        unitsPerBase: 1_000_000_000
    )
}
