//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

extension LibraryMetrics: Collector {
    package static let overflowDescription = MetricDescription(
        "registry_metrics_series_overflow_total",
        .counter,
        "Label sets of libraries' metrics that were put under _other, and families that there was no room for.",
        labels: [.init("metric", .open("a `registry_library_…` metric, or `_families`"))],
        isDiagnostic: true,
        isZeroInitialised: true
    )

    package func collect(into writer: inout ExpositionWriter) {
        let families = families
        for family in families {
            writer.family(family.description)
            let bounds = family.description.buckets.map { ExpositionWriter.bounds(of: $0, writer.format) } ?? []
            for (labels, handler) in family.series.sorted(by: { $0.key < $1.key }) {
                switch handler {
                case .counter(let handler): writer.sample(labels: labels, handler.counter.value)
                case .gauge(let handler): writer.sample(labels: labels, handler.gauge.value)
                case .timer(let handler): writer.histogram(handler.histogram, labels: labels, bounds: bounds)
                case .distribution(let handler): writer.histogram(handler.histogram, labels: labels, bounds: bounds)
                }
            }
        }
        writer.family(Self.overflowDescription)
        writer.sample(labels: ExpositionWriter.label("metric", "_families"), familyOverflow)
        for family in families {
            writer.sample(labels: ExpositionWriter.label("metric", family.description.name), family.overflow)
        }
    }
}
