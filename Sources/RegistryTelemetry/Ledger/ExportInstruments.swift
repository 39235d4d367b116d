//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is measured of exports that are made by the clock.
package final class ExportInstruments: Sendable {
    /// Runs, by what has become of them.
    package let exports = Labelled(ExportResult.self) { _ in Counter() }
    /// When the last one was published, in seconds since 1970; 0 for none ever.
    package let lastSuccess = Gauge()

    package init() {}

    var families: [MetricFamily] {
        [
            MetricFamily(
                "registry_report_exports_total",
                "Scheduled exports by what has become of them.",
                labels: ["result"],
                exports,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_report_export_last_success_timestamp_seconds",
                "When a scheduled export was published last; 0 if none ever was.",
                lastSuccess
            ),
        ]
    }
}

/// What has become of an export, as metric label `result`.
package enum ExportResult: String, Sendable, CaseIterable {
    case published
    case failed
}
