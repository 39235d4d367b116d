//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import Synchronization

/// All metrics of the server as one text, for Prometheus.
///
/// Rendering reads atomics and takes no lock, so it never holds up what it counts. Its cost depends on the number of
/// label combinations in use, not on what is stored.
package final class Exposition: Sendable {
    private let families: [MetricFamily]
    private let collectors: [any Collector]
    private let renderTime = Gauge()
    /// Bytes of the longest exposition so far: room for the next.
    private let size = Atomic<Int>(64 * 1024)

    /// Makes an exposition of all of these and of the process itself.
    /// - Parameters:
    ///   - instruments: the registry's own metrics.
    ///   - buildInfo: what this program is.
    ///   - collectors: for what is found out at the time of the scrape, after the registry's own.
    package init(instruments: Instruments, buildInfo: BuildInfo, collectors: [any Collector] = []) {
        self.families = instruments.families
        self.collectors = [buildInfo, ProcessCollector()] + collectors
    }

    /// Renders all metrics as they stand.
    ///
    /// Label combinations that never occurred are left out, and families that have no other; those without labels are
    /// always there.
    package func render(format: ExpositionFormat) -> [UInt8] {
        let start = ContinuousClock.now
        var writer = ExpositionWriter(format: format, capacity: size.load(ordering: .relaxed))
        for family in families { Self.render(family, to: &writer) }
        for collector in collectors { collector.collect(into: &writer) }
        writer.family("registry_metrics_render_seconds", .gauge, help: "Time that rendering the last exposition took.")
        writer.sample(nanoseconds: renderTime.value)
        let text = writer.finish()
        size.max(text.count, ordering: .relaxed)
        renderTime.set((ContinuousClock.now - start).nanoseconds)
        return text
    }

    private static func render(_ family: MetricFamily, to writer: inout ExpositionWriter) {
        let series = family.series.filter { $0.labels.isEmpty || $0.instrument.isUsed }
        switch series.first?.instrument {
        case nil: return
        case .counter: writer.family(family.name, .counter, help: family.help)
        case .gauge: writer.family(family.name, .gauge, help: family.help)
        case .histogram: writer.family(family.name, .histogram, help: family.help)
        }
        var bounds: [String] = []
        for series in series {
            switch series.instrument {
            case .counter(let counter): writer.sample(labels: series.labels, counter.value)
            case .gauge(let gauge): writer.sample(labels: series.labels, gauge.value)
            case .histogram(let histogram):
                // All series of a family have the same buckets.
                if bounds.isEmpty { bounds = ExpositionWriter.bounds(of: histogram.buckets, writer.format) }
                writer.histogram(histogram, labels: series.labels, bounds: bounds)
            }
        }
    }
}
