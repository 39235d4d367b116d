//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Every metric that the server can expose, as it is described where it is made.
package enum MetricCatalogue {
    /// Metrics of one topic.
    struct Topic {
        let title: String
        let metrics: [MetricDescription]
    }

    /// Those of `/metrics`, in its order but for the first and the last.
    static let topics: [Topic] =
        Instruments(driverName: "filesystem").topics.map { title, families in
            Topic(title: title, metrics: families.map(\.description) + (scraped[title] ?? []))
        } + [
            Topic(title: "Capacity", metrics: CapacityCollector.descriptions),
            Topic(title: "Notifications", metrics: NotificationCollector.descriptions),
            Topic(
                title: "Program and process",
                metrics: [TargetInfo.description, BuildInfo.description]
                    + ProcessCollector.descriptions + NetworkCollector.descriptions + [HeapCollector.description]
            ),
        ]

    /// What is found out at the time of a scrape, by the topic it belongs to.
    private static let scraped: [String: [MetricDescription]] = [
        "Requests": [ServerGauges.connections],
        "Encryption": [ServerGauges.certificateEnd, ServerGauges.certificateBeginning],
        "Storage": [
            ServerGauges.capacity, ServerGauges.free, ServerGauges.inodes, ServerGauges.freeInodes,
        ],
        "Scheduled exports": [ExportCollector.description],
        "The metrics themselves": [Exposition.renderSeconds, LibraryMetrics.overflowDescription],
    ]

    /// Those of `/metrics/usage`.
    static let usage = Topic(
        title: "Usage by repository",
        metrics: UsageMetrics.descriptions + CapacityCollector.repositoryDescriptions
    )

    /// All of both pages.
    static let all: [MetricDescription] = (topics + [usage]).flatMap(\.metrics)
}
