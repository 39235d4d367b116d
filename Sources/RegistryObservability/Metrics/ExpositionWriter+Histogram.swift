//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension ExpositionWriter {
    /// Adds the samples of one histogram: cumulated buckets, sum and count.
    /// - Parameter bounds: the `le` labels of its buckets, from ``bounds(of:_:)``.
    mutating func histogram(_ histogram: Histogram, labels: String, bounds: [String]) {
        let separator = labels.isEmpty ? "" : ","
        // The count is the sum of the buckets read here, so that both agree while others go on recording.
        var count: Int64 = 0
        for (bucket, bound) in zip(histogram.counts, bounds) {
            count += bucket
            sample(suffix: "_bucket", labels: "\(labels)\(separator)\(bound)", count)
        }
        if histogram.buckets.unitsPerBase == 1 {
            sample(suffix: "_sum", labels: labels, histogram.sum)
        } else {
            sample(suffix: "_sum", labels: labels, nanoseconds: histogram.sum)
        }
        sample(suffix: "_count", labels: labels, count)
    }

    /// The `le` labels of buckets, `le="+Inf"` included.
    static func bounds(of buckets: HistogramBuckets, _ format: ExpositionFormat) -> [String] {
        let bounds = buckets.bounds.map { Double($0) / Double(buckets.unitsPerBase) } + [.infinity]
        return bounds.map { "le=\"\($0.expositionText(format))\"" }
    }
}
