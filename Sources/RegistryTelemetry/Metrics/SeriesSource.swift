//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What series are made of: an instrument, or instruments by a label, or those by a further one.
package protocol SeriesSource: Sendable {
    static var kind: MetricDescription.Kind { get }
    /// The values of each label, from the outermost inwards.
    static var labelValues: [[String]] { get }
    /// Of a histogram; the same for all series.
    var sharedBuckets: HistogramBuckets? { get }
    var hasExemplars: Bool { get }

    /// Visits every instrument with its label values, in the order of the exposition.
    func forEach(_ values: [String], _ visit: ([String], MetricFamily.Instrument) -> Void)
}

extension SeriesSource {
    package static var labelValues: [[String]] { [] }
    package var sharedBuckets: HistogramBuckets? { nil }
    package var hasExemplars: Bool { false }
}

extension Counter: SeriesSource {
    package static var kind: MetricDescription.Kind { .counter }

    package func forEach(_ values: [String], _ visit: ([String], MetricFamily.Instrument) -> Void) {
        visit(values, .counter(self))
    }
}

extension Gauge: SeriesSource {
    package static var kind: MetricDescription.Kind { .gauge }

    package func forEach(_ values: [String], _ visit: ([String], MetricFamily.Instrument) -> Void) {
        visit(values, .gauge(self))
    }
}

extension Histogram: SeriesSource {
    package static var kind: MetricDescription.Kind { .histogram }

    package func forEach(_ values: [String], _ visit: ([String], MetricFamily.Instrument) -> Void) {
        visit(values, .histogram(self))
    }
}

extension Labelled: SeriesSource where Instrument: SeriesSource {
    package static var kind: MetricDescription.Kind { Instrument.kind }
    package static var labelValues: [[String]] { [Label.allCases.map(\.rawValue)] + Instrument.labelValues }
    package var sharedBuckets: HistogramBuckets? { instruments.first?.sharedBuckets }
    package var hasExemplars: Bool { instruments.first?.hasExemplars ?? false }

    package func forEach(_ values: [String], _ visit: ([String], MetricFamily.Instrument) -> Void) {
        for (label, instrument) in zip(Label.allCases, instruments) {
            instrument.forEach(values + [label.rawValue], visit)
        }
    }
}
