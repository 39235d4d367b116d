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
        guard isWanted else { return }
        // The count is the sum of the buckets read here, so that both agree while others go on recording.
        var count: Int64 = 0
        for (position, (bucket, bound)) in zip(histogram.counts, bounds).enumerated() {
            count += bucket
            begin("_bucket", labels, bound)
            buffer.append(count)
            // Only OpenMetrics has examples. A bucket that was counted in a moment later has none yet.
            if format == .openMetrics, bucket > 0, let exemplar = histogram.exemplar(position) {
                append(exemplar, histogram.buckets)
            }
            buffer.append("\n")
        }
        switch histogram.buckets.unitsPerBase {
        case 1: sample(suffix: "_sum", labels: labels, histogram.sum)
        case 1_000_000_000: sample(suffix: "_sum", labels: labels, nanoseconds: histogram.sum)
        default:
            sample(suffix: "_sum", labels: labels, Double(histogram.sum) / Double(histogram.buckets.unitsPerBase))
        }
        sample(suffix: "_count", labels: labels, count)
    }

    /// ` # {trace_id="…",span_id="…"} value seconds`: 63 of the 128 code points that OpenMetrics allows for labels.
    private mutating func append(_ exemplar: Exemplar, _ buckets: HistogramBuckets) {
        buffer.append(" # {trace_id=\"")
        buffer.append(hexadecimal: exemplar.traceID.high)
        buffer.append(hexadecimal: exemplar.traceID.low)
        buffer.append("\",span_id=\"")
        buffer.append(hexadecimal: exemplar.spanID)
        buffer.append("\"} ")
        if buckets.unitsPerBase == 1 {
            buffer.append(exemplar.value)
        } else {
            buffer.append(nanoseconds: exemplar.value * (1_000_000_000 / buckets.unitsPerBase))
        }
        buffer.append(" ")
        buffer.append(nanoseconds: exemplar.time.microseconds * 1000)
    }

    /// The `le` labels of buckets, `le="+Inf"` included.
    static func bounds(of buckets: HistogramBuckets, _ format: ExpositionFormat) -> [String] {
        let bounds = buckets.bounds.map { Double($0) / Double(buckets.unitsPerBase) } + [.infinity]
        return bounds.map { "le=\"\($0.expositionText(format))\"" }
    }
}
