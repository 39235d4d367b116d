//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is measured of the removal of tags by policy.
package final class RetentionInstruments: Sendable {
    package let tags = Labelled(RetentionResult.self) { _ in Counter() }
    /// Seconds since 1970; 0 before the first.
    package let lastSuccess = Gauge()

    package init() {}

    var families: [MetricFamily] {
        [
            MetricFamily(
                "registry_retention_tags_total",
                "Tags that were to be removed by policy, by what became of them.",
                labels: ["result"],
                tags,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_retention_last_success_timestamp_seconds",
                "When the last round without failures ended, in seconds since 1970; 0 before the first.",
                lastSuccess,
                isDiagnostic: true
            ),
        ]
    }
}

/// What became of a tag, as metric label `result`.
package enum RetentionResult: String, Sendable, CaseIterable {
    case removed
    /// It was set or pulled meanwhile.
    case spared
    case failed
}
