//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

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

    private static func bytes(_ bounds: [Int64]) -> HistogramBuckets {
        HistogramBuckets(bounds: bounds, unitsPerBase: 1)
    }

    /// Distribution's bounds of request durations: 5 ms to 60 s.
    package static let requestDuration = milliseconds([
        5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 60_000,
    ])
    /// The default bounds of Prometheus clients, used by distribution for storage actions: 5 ms to 10 s.
    package static let clientDefault = milliseconds([5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000])
    /// Distribution's bounds of request and response sizes: 1 KiB doubled 21 times, to 2 GiB.
    package static let messageSize = bytes((0..<22).map { 1024 << $0 })
    /// GitLab's bounds of blob sizes: 512 KiB to 50 GiB.
    package static let blobSize = bytes(
        [512 << 10, 1 << 20, 64 << 20, 128 << 20, 256 << 20, 512 << 20]
            + ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50] as [Int64]).map { $0 << 30 }
    )
    /// Ours, for bytes a second: 64 KiB quadrupled 9 times, to 16 GiB.
    package static let rate = bytes((0..<10).map { 65_536 << (2 * $0) })
    /// Ours, for streams and stages: 100 µs to 100 s, in steps of about three.
    package static let stage = HistogramBuckets(
        bounds: [
            100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000,
            100_000_000,
        ]
        .map { $0 * 1000 },
        unitsPerBase: 1_000_000_000
    )
    /// Ours, for what may wait for others to be there again: 10 ms to a day.
    package static let waiting = milliseconds([
        10, 50, 100, 500, 1000, 5000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000, 21_600_000, 86_400_000,
    ])
    /// Ours, for attempts at something.
    package static let attempts = bytes([0, 1, 2, 3, 5, 10, 20, 50, 100])
    /// For what libraries record, of which nothing is known: 0.001 to a billion, in steps of ten.
    package static let anything = HistogramBuckets(
        bounds: (0..<13).map { (0..<$0).reduce(1) { power, _ in power * 10 } },
        unitsPerBase: 1000
    )
}
