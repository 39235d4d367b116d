//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTelemetry

@testable import RegistryReports

/// A report with names that formats have to quote, and with what is not known.
enum ReportSamples {
    static let time = WallTime(microseconds: 1_795_000_000_000_000)

    static func figures(_ attributed: Int64, pulls: Int64 = 0) -> CapacityFigures {
        var figures = CapacityFigures()
        figures.logical = attributed * 3
        figures.deduplicated = attributed + 7
        figures.exclusive = attributed - 7
        figures.attributed = attributed
        figures.manifests = 2
        figures.tags = 1
        figures.lastPush = time
        figures.pulls = pulls
        return figures
    }

    static let capacity = CapacityReport(
        asOf: time,
        source: .accounted,
        duration: .microseconds(1_234_567),
        totals: CapacityTotals(
            logical: 3000,
            deduplicated: 1000,
            referenced: 1000,
            unreferenced: 50,
            uploading: 0,
            reclaimable: 40
        ),
        filesystem: StorageCapacity(total: 10_000, free: 4000),
        repositories: [
            RepositoryCapacity(name: "team/app", figures: figures(333, pulls: 9)),
            RepositoryCapacity(name: "team/\"odd\", name", figures: figures(334)),
            RepositoryCapacity(name: "x", figures: figures(333)),
        ],
        namespaces: [
            NamespaceCapacity(name: "", depth: 0, repositories: 3, figures: figures(1000)),
            NamespaceCapacity(name: "team", depth: 1, repositories: 2, figures: figures(667)),
        ]
    )

    static func text(_ format: ReportFormat, _ change: (inout ReportRequest) -> Void = { _ in }) throws -> String {
        var request = ReportRequest(.capacity)
        request.format = format
        change(&request)
        let report = try Report(capacity, request)
        return String(decoding: try ReportText(report, request).flatMap(\.self), as: UTF8.self)
    }
}
