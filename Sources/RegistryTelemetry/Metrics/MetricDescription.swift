//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is known of a metric before anything is measured: the contract that dashboards and alerts hold on to.
package struct MetricDescription: Sendable, Equatable {
    /// As its samples are named: a counter with `_total`, an info with `_info`.
    package let name: String
    package let kind: Kind
    /// One sentence, of which no character needs an escape.
    package let help: String
    package let labels: [Label]
    /// Of a histogram.
    package let buckets: HistogramBuckets?
    package let origin: Origin
    /// The version of Plimsoll that has it first.
    package let since: String
    /// For finding out why, not for dashboards and alerts.
    package let isDiagnostic: Bool
    /// Whether all its series are there from the start, with 0, because alerts ask how they grow.
    package let isZeroInitialised: Bool
    /// Which of its series are there from the start, with 0, if some are and not all; read behind "zero for".
    package let zeroSeries: String?
    /// Whether its buckets have exemplars.
    package let hasExemplars: Bool

    package init(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        labels: [Label] = [],
        buckets: HistogramBuckets? = nil,
        origin: Origin = .plimsoll,
        since: String = "0.1.0",
        isDiagnostic: Bool = false,
        isZeroInitialised: Bool = false,
        zeroSeries: String? = nil,
        hasExemplars: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.buckets = buckets
        self.origin = origin
        self.since = since
        self.isDiagnostic = isDiagnostic
        self.isZeroInitialised = isZeroInitialised
        self.zeroSeries = zeroSeries
        self.hasExemplars = hasExemplars
    }

    /// What a metric is; an info says something by its labels, and its value is always 1.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram, info
    }

    /// Where a metric has its name, labels and buckets from.
    package enum Origin: String, Sendable, CaseIterable {
        /// Distribution's registry, version 3 or 2.8.
        case distribution
        /// GitLab's container registry.
        case gitlab
        /// The names that Prometheus' client libraries share.
        case prometheus
        /// Plimsoll itself.
        case plimsoll
    }

    /// A label and what it can be.
    package struct Label: Sendable, Equatable {
        package let name: String
        package let values: Values

        package init(_ name: String, _ values: Values) {
            self.name = name
            self.values = values
        }
    }

    package enum Values: Sendable, Equatable {
        /// These and no others.
        case closed([String])
        /// Whatever this sentence says.
        case open(String)
    }
}

extension MetricDescription {
    /// OpenMetrics' name of the family: without the suffix that its samples have.
    package var familyName: String {
        let suffix: String =
            switch kind {
            case .counter: "_total"
            case .info: "_info"
            case .gauge, .histogram: ""
            }
        return name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name
    }

    /// The base unit, which is part of the name; nil for numbers of things.
    package var unit: String? { ["seconds", "bytes"].first { familyName.hasSuffix("_\($0)") } }

    /// What `promtool check metrics` has against its name; nil for nothing.
    ///
    /// Only a name of another registry, which its dashboards ask for, is worth that.
    package var lint: String? {
        guard kind != .counter, name.hasSuffix("_total") else { return nil }
        return "\(name) non-counter metrics should not have \"_total\" suffix"
    }

    /// The most samples that it can have; nil if a label is open.
    package var maximumSamples: Int? {
        // A histogram has a sample a bucket, one more for the rest, the sum and the count.
        var product: Int? = buckets.map { $0.bounds.count + 3 } ?? 1
        for label in labels {
            guard case .closed(let values) = label.values else { return nil }
            product = product.map { $0 * values.count }
        }
        return product
    }
}
