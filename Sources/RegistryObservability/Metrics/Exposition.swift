//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import Synchronization

/// All metrics of the server as one text, for Prometheus.
///
/// Rendering reads atomics and takes no lock on what serves requests, so it never holds up what it counts. Its cost
/// depends on the number of label combinations in use, not on what is stored.
package final class Exposition: Sendable {
    private let families: [MetricFamily]
    private let target: TargetInfo
    private let collectors: [any Collector]
    private let renderTime = Gauge()
    /// Bytes of the longest exposition so far: room for the next.
    private let size = Atomic<Int>(64 * 1024)

    /// Makes an exposition of all of these and of the process itself.
    /// - Parameters:
    ///   - instruments: the registry's own metrics.
    ///   - target: what is measured; it comes first.
    ///   - buildInfo: what this program is.
    ///   - collectors: for what is found out at the time of the scrape, after the registry's own.
    package init(
        instruments: Instruments,
        target: TargetInfo,
        buildInfo: BuildInfo,
        collectors: [any Collector] = []
    ) {
        self.families = instruments.families
        self.target = target
        self.collectors = [buildInfo, ProcessCollector(), NetworkCollector(), HeapCollector()] + collectors
    }

    /// Renders all metrics as they stand.
    ///
    /// Label combinations that never occurred are left out, and families that have no other; those without labels are
    /// always there, and so are those that alerts ask for.
    /// - Parameter names: of the families to render; none for all.
    package func render(format: ExpositionFormat, names: [String] = []) -> [UInt8] {
        write(format, names).text
    }

    /// What each family takes of the exposition in text.
    func measure() -> [ExpositionWriter.FamilySize] { write(.text, []).sizes }

    private func write(
        _ format: ExpositionFormat,
        _ names: [String]
    ) -> (text: [UInt8], sizes: [ExpositionWriter.FamilySize]) {
        let start = MonotonicTime.now
        var writer = ExpositionWriter(format: format, capacity: size.load(ordering: .relaxed), names: names)
        target.collect(into: &writer)
        for family in families { Self.render(family, to: &writer) }
        for collector in collectors { collector.collect(into: &writer) }
        writer.family(Self.renderSeconds)
        writer.sample(nanoseconds: renderTime.value)
        let result = writer.finish()
        size.max(result.text.count, ordering: .relaxed)
        renderTime.set((MonotonicTime.now - start).nanoseconds)
        return result
    }

    static let renderSeconds = MetricDescription(
        "registry_metrics_render_seconds",
        .gauge,
        "Time that rendering the last exposition took.",
        isDiagnostic: true
    )

    private static func render(_ family: MetricFamily, to writer: inout ExpositionWriter) {
        let series = family.series.filter(\.isThere)
        guard !series.isEmpty else { return }
        writer.family(family.description)
        let bounds = family.description.buckets.map { ExpositionWriter.bounds(of: $0, writer.format) } ?? []
        for series in series {
            switch series.instrument {
            case .counter(let counter): writer.sample(labels: series.labels, counter.value)
            case .gauge(let gauge): writer.sample(labels: series.labels, gauge.value)
            case .histogram(let histogram): writer.histogram(histogram, labels: series.labels, bounds: bounds)
            }
        }
    }
}
