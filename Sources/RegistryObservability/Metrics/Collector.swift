//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Metrics that are found out when they are asked for.
package protocol Collector: Sendable {
    /// Writes whole families, quickly and without waiting: a scrape is held up meanwhile.
    func collect(into writer: inout ExpositionWriter)
}

/// A gauge without labels, read at the time of the scrape.
package struct GaugeCollector: Collector {
    private let name: String
    private let help: String
    private let value: @Sendable () -> Double?

    /// Makes a gauge of whatever `value` finds.
    /// - Parameters:
    ///   - name: of the metric, with its unit as suffix.
    ///   - help: one line, of which no character needs an escape.
    ///   - value: nil leaves the metric out of this scrape.
    package init(name: String, help: String, value: @escaping @Sendable () -> Double?) {
        self.name = name
        self.help = help
        self.value = value
    }

    package func collect(into writer: inout ExpositionWriter) {
        guard let value = value() else { return }
        writer.family(name, .gauge, help: help)
        writer.sample(value)
    }
}
