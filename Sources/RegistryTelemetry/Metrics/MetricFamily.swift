//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A metric with its labels, as it stands in the exposition.
package struct MetricFamily: Sendable {
    package let name: String
    package let help: String
    package let series: [Series]

    package init(name: String, help: String, series: [Series]) {
        self.name = name
        self.help = help
        self.series = series
    }

    /// One combination of label values.
    package struct Series: Sendable {
        /// `handler="blob",method="get"`: ready for the exposition, since labels come from fixed sets.
        package let labels: String
        package let instrument: Instrument

        package init(labels: String, instrument: Instrument) {
            self.labels = labels
            self.instrument = instrument
        }
    }

    /// What stands behind a series.
    package enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)

        /// Whether anything was ever recorded; label combinations that never occurred are left out.
        package var isUsed: Bool {
            switch self {
            case .counter(let counter): counter.value != 0
            case .gauge: true
            case .histogram(let histogram): histogram.counts.contains { $0 != 0 }
            }
        }
    }

    /// The type as the exposition names it.
    package var type: String {
        switch series.first?.instrument {
        case .counter, nil: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

/// A set of label values fixed in the source: an enumeration whose raw values are the values.
package typealias LabelSet = CaseIterable & RawRepresentable<String> & Sendable & Hashable

/// Instruments by one label, made at the start and found without a lookup.
package struct Labelled<Label: LabelSet, Instrument: Sendable>: Sendable {
    /// In the order of `Label.allCases`.
    let instruments: [Instrument]
    private let positions: [Label: Int]

    package init(_ label: Label.Type = Label.self, make: (Label) -> Instrument) {
        self.instruments = Label.allCases.map(make)
        self.positions = Dictionary(uniqueKeysWithValues: Label.allCases.enumerated().map { ($1, $0) })
    }

    package subscript(_ label: Label) -> Instrument {
        // Present by construction: the dictionary holds every case.
        instruments[positions[label, default: 0]]
    }

    func series(_ name: String, _ kind: (Instrument) -> MetricFamily.Instrument) -> [MetricFamily.Series] {
        zip(Label.allCases, instruments).map { label, instrument in
            MetricFamily.Series(labels: "\(name)=\"\(label.rawValue)\"", instrument: kind(instrument))
        }
    }

    func nested<Inner: LabelSet, Leaf: Sendable>(
        _ outer: String,
        _ inner: String,
        _ kind: (Leaf) -> MetricFamily.Instrument
    ) -> [MetricFamily.Series] where Instrument == Labelled<Inner, Leaf> {
        zip(Label.allCases, instruments).flatMap { label, instruments in
            instruments.series(inner, kind).map {
                MetricFamily.Series(labels: "\(outer)=\"\(label.rawValue)\",\($0.labels)", instrument: $0.instrument)
            }
        }
    }
}
