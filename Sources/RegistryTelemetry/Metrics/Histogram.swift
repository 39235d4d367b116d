//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Counts of values by size: one atomic addition to a bucket and one to the sum a value, no lock.
package final class Histogram: Sendable {
    package let buckets: HistogramBuckets
    /// A counter a bound, one for the values above all, and the sum: in one piece of memory.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<Atomic<Int64>>
    private let bucketCount: Int
    /// Nil for a histogram without exemplars.
    private let exemplarSlots: ExemplarSlots?

    /// - Parameter hasExemplars: whether each bucket keeps an example of what is in it.
    package init(_ buckets: HistogramBuckets, hasExemplars: Bool = false) {
        self.buckets = buckets
        self.bucketCount = buckets.bounds.count + 1
        self.cells = .allocate(capacity: bucketCount + 1)
        for position in 0...bucketCount { (cells + position).initialize(to: Atomic(0)) }
        self.exemplarSlots = hasExemplars ? ExemplarSlots(count: bucketCount) : nil
    }

    deinit {
        cells.deinitialize(count: bucketCount + 1)
        cells.deallocate()
    }

    /// Records a value in the unit of the bounds: bytes, or nanoseconds.
    package func record(_ value: Int64) { count(value, in: position(of: value)) }

    /// Records a time.
    package func record(_ time: Duration) { record(time.nanoseconds) }

    /// Records a value and offers it as the example of its bucket.
    package func record(_ value: Int64, by origin: ExemplarOrigin) {
        let position = position(of: value)
        count(value, in: position)
        exemplarSlots?.offer(value, by: origin, position)
    }

    /// Records a value, as the example of its bucket where a request is known that it is about.
    /// - Parameter origin: nil without tracing, and for what the server does by itself.
    package func record(_ value: Int64, by origin: ExemplarOrigin?) {
        if let origin { record(value, by: origin) } else { record(value) }
    }

    /// Records a time, as the example of its bucket where a request is known that it is about.
    /// - Parameter origin: nil without tracing, and for what the server does by itself.
    package func record(_ time: Duration, by origin: ExemplarOrigin?) { record(time.nanoseconds, by: origin) }

    @inline(__always)
    private func position(of value: Int64) -> Int {
        // At most two dozen bounds, most values in the first few: a walk beats a search.
        buckets.bounds.firstIndex { value <= $0 } ?? buckets.bounds.count
    }

    @inline(__always)
    private func count(_ value: Int64, in position: Int) {
        cells[position].wrappingAdd(1, ordering: .relaxed)
        cells[bucketCount].wrappingAdd(value, ordering: .relaxed)
    }

    package var sharedBuckets: HistogramBuckets? { buckets }
    package var hasExemplars: Bool { exemplarSlots != nil }

    /// Counts by bucket, not cumulated; the last one is of the values above all bounds.
    package var counts: [Int64] { (0..<bucketCount).map { cells[$0].load(ordering: .relaxed) } }

    /// Sum of the values, in the unit of the bounds.
    package var sum: Int64 { cells[bucketCount].load(ordering: .relaxed) }

    /// The example of a bucket; nil if there is none, or it is being changed just now.
    package func exemplar(_ position: Int) -> Exemplar? { exemplarSlots?[position] }
}
