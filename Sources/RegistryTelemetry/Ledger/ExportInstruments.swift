//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// What is measured of exports that are made by the clock.
package final class ExportInstruments: Sendable {
    /// Runs, by what has become of them.
    package let exports = Labelled(ExportResult.self) { _ in Counter() }
    /// When the last one of each schedule was published.
    private let successes = Mutex<[String: Int64]>([:])

    package init() {}

    /// The schedules there are, by name; what is known of those that stay is kept.
    package func follow(_ schedules: [String]) {
        successes.withLock { times in
            times = Dictionary(schedules.map { ($0, times[$0] ?? 0) }) { first, _ in first }
        }
    }

    /// Notes that an export was published.
    /// - Parameter seconds: since 1970.
    package func published(by schedule: String, at seconds: Int64) {
        successes.withLock { $0[schedule] = max($0[schedule] ?? 0, seconds) }
    }

    /// When the last export of each schedule was published, in seconds since 1970; 0 for none ever.
    package var lastSuccesses: [(schedule: String, seconds: Int64)] {
        successes.withLock { times in times.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    var families: [MetricFamily] {
        [
            MetricFamily(
                "registry_report_exports_total",
                "Scheduled exports by what has become of them.",
                labels: ["result"],
                exports,
                isZeroInitialised: true
            )
        ]
    }
}

/// What has become of an export, as metric label `result`.
package enum ExportResult: String, Sendable, CaseIterable {
    case published
    case failed
}
