//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The side port, for metrics and health.
package struct DebugSettings: Sendable, Equatable {
    /// Where it listens; best where only the monitoring can reach it.
    package var address: ListenAddress
    /// What Prometheus finds there.
    package var prometheus: PrometheusSettings

    /// Creates settings; what is left out has its default.
    package init(address: ListenAddress, prometheus: PrometheusSettings = PrometheusSettings()) {
        self.address = address
        self.prometheus = prometheus
    }
}

extension DebugSettings {
    /// Reads the section `http.debug`.
    ///
    /// Without an address there is no side port, so nothing may ask for metrics on it.
    static func reading(_ debug: SectionReader) -> DebugSettings? {
        let prometheus = debug.section("prometheus", PrometheusSettings.init(reading:))
        let parse = { (scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> ListenAddress? in
            scalar.text.isEmpty ? nil : try ListenAddress.parse(scalar)
        }
        let missing = "is required where prometheus is enabled"
        let address =
            prometheus.enabled
            ? debug.required("addr", default: nil, message: missing, parse)
            : debug.value("addr", default: nil, parse)
        return address.map { DebugSettings(address: $0, prometheus: prometheus) }
    }
}
