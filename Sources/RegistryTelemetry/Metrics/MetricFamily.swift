//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A metric with its series, as it stands in the exposition.
package struct MetricFamily: Sendable {
    package let description: MetricDescription
    package let series: [Series]

    package init(_ description: MetricDescription, series: [Series]) {
        self.description = description
        self.series = series
    }

    /// Describes a metric by the instruments it is made of.
    /// - Parameters:
    ///   - name: with `_total` if it is a counter.
    ///   - help: one sentence, of which no character needs an escape.
    ///   - labels: names of the labels of `source`, from the outermost inwards.
    ///   - constant: a label that has one value in this server, and stands first.
    ///   - zeroSeries: the series that are there from the start, if some are and not all.
    package init(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        constant: (label: MetricDescription.Label, value: String)? = nil,
        _ source: some SeriesSource,
        origin: MetricDescription.Origin = .plimsoll,
        isDiagnostic: Bool = false,
        isZeroInitialised: Bool = false,
        zeroSeries: ZeroSeries? = nil
    ) {
        let valueSets = type(of: source).labelValues
        precondition(labels.count == valueSets.count, "\(name) has as many labels as its instruments")
        self.description = MetricDescription(
            name,
            type(of: source).kind,
            help,
            labels: (constant.map { [$0.label] } ?? []) + zip(labels, valueSets).map { .init($0, .closed($1)) },
            buckets: source.sharedBuckets,
            origin: origin,
            isDiagnostic: isDiagnostic,
            isZeroInitialised: isZeroInitialised,
            zeroSeries: zeroSeries?.meaning,
            hasExemplars: source.hasExemplars
        )
        var series: [Series] = []
        source.forEach([]) { values, instrument in
            var pairs = constant.map { ["\($0.label.name)=\"\($0.value)\""] } ?? []
            pairs += zip(labels, values).map { "\($0)=\"\($1)\"" }
            let isZero = isZeroInitialised || zeroSeries?.contains(values) == true
            series.append(Series(labels: pairs.joined(separator: ","), instrument: instrument, isAlwaysThere: isZero))
        }
        self.series = series
    }

    package var name: String { description.name }

    /// Series that alerts ask for before anything was recorded, among others of which most never will be.
    package struct ZeroSeries {
        /// Which they are, for the manual.
        let meaning: String
        /// Whether one with these values of its labels, from the outermost inwards, is among them.
        let contains: ([String]) -> Bool
    }

    /// One combination of label values.
    package struct Series: Sendable {
        /// `handler="blob",method="get"`: ready for the exposition, since labels come from fixed sets.
        package let labels: String
        package let instrument: Instrument
        /// Whether it is there before anything was recorded.
        private let isAlwaysThere: Bool

        init(labels: String, instrument: Instrument, isAlwaysThere: Bool) {
            self.labels = labels
            self.instrument = instrument
            self.isAlwaysThere = isAlwaysThere || labels.isEmpty
        }

        /// Whether it is to be seen.
        package var isThere: Bool { isAlwaysThere || instrument.isUsed }
    }

    /// What stands behind a series.
    package enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)

        /// Whether anything was ever recorded.
        package var isUsed: Bool {
            switch self {
            case .counter(let counter): counter.value != 0
            case .gauge: true
            case .histogram(let histogram): histogram.counts.contains { $0 != 0 }
            }
        }
    }
}
