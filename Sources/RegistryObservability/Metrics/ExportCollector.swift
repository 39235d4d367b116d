//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// When the exports that are made by the clock were published last, by schedule; nothing without schedules.
///
/// One that works must not hide another that fails.
package struct ExportCollector: Collector {
    private let instruments: ExportInstruments

    package init(_ instruments: ExportInstruments) { self.instruments = instruments }

    static let description = MetricDescription(
        "registry_report_export_last_success_timestamp_seconds",
        .gauge,
        "When the last export of a schedule was published, in seconds since 1970; 0 if none ever was.",
        labels: [.init("schedule", .open("the schedule's name in the configuration"))],
        isZeroInitialised: true
    )

    package func collect(into writer: inout ExpositionWriter) {
        let successes = instruments.lastSuccesses
        guard !successes.isEmpty else { return }
        writer.family(Self.description)
        for (schedule, seconds) in successes {
            writer.sample(labels: ExpositionWriter.label("schedule", schedule), seconds)
        }
    }
}
