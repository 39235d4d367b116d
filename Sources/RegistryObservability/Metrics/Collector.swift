//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Metrics that are found out when they are asked for.
package protocol Collector: Sendable {
    /// Writes whole families, quickly and without waiting: a scrape is held up meanwhile.
    func collect(into writer: inout ExpositionWriter)
}

/// A gauge without labels, read at the time of the scrape.
package struct GaugeCollector: Collector {
    private let description: MetricDescription
    private let value: @Sendable () -> Double?

    /// Makes a gauge of whatever `value` finds.
    /// - Parameter value: nil leaves the metric out of this scrape.
    package init(_ description: MetricDescription, value: @escaping @Sendable () -> Double?) {
        self.description = description
        self.value = value
    }

    package func collect(into writer: inout ExpositionWriter) {
        guard let value = value() else { return }
        writer.family(description)
        writer.sample(value)
    }
}
