//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What Prometheus finds on the side port.
package struct PrometheusSettings: Sendable, Equatable {
    /// Whether metrics are served.
    package var enabled: Bool
    /// The path of the metrics; begins with `/`.
    package var path: String
    /// Whether pulls, pushes and bytes are counted by repository, on a page of their own.
    package var usage: Bool

    /// Creates settings; what is left out has its default.
    package init(enabled: Bool = false, path: String = "/metrics", usage: Bool = false) {
        self.enabled = enabled
        self.path = path
        self.usage = usage
    }
}

extension PrometheusSettings {
    /// Reads the section `http.debug.prometheus`.
    init(reading prometheus: SectionReader) {
        let defaults = PrometheusSettings()
        self.init(
            enabled: prometheus.boolean("enabled", default: defaults.enabled),
            path: prometheus.value("path", default: defaults.path) { scalar throws(InvalidValue) in
                guard !scalar.text.isEmpty else { return defaults.path }
                try URLPath.check(scalar.text)
                return scalar.text
            },
            usage: prometheus.boolean("usage", default: defaults.usage)
        )
    }
}
