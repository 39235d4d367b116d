//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Whose metrics these are, in the words of OpenTelemetry, as metric `target_info`.
///
/// Source: OpenMetrics 1.0, "Supporting Target Metadata in Both Push-based and Pull-based Systems"; OpenTelemetry,
/// "Prometheus and OpenMetrics Compatibility".
package struct TargetInfo: Collector {
    private let labels: String

    /// Describes this run of the server.
    /// - Parameters:
    ///   - version: of the registry.
    ///   - instance: names this run; the log's `epoch`.
    package init(version: String, instance: String) {
        self.labels = [
            ExpositionWriter.label("service_name", "plimsoll"),
            ExpositionWriter.label("service_version", version),
            ExpositionWriter.label("service_instance_id", instance),
        ].joined(separator: ",")
    }

    static let description = MetricDescription(
        "target_info",
        .info,
        "Whose metrics these are; the value is always 1.",
        labels: [
            .init("service_name", .closed(["plimsoll"])),
            .init("service_version", .open("the version of Plimsoll")),
            .init(
                "service_instance_id",
                .open("names one run of the server, as `epoch` in the log and `service.instance.id` in traces")
            ),
        ],
        origin: .prometheus,
        isDiagnostic: true
    )

    package func collect(into writer: inout ExpositionWriter) {
        writer.family(Self.description)
        writer.sample(labels: labels, 1 as Int64)
    }
}
