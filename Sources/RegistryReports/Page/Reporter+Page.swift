//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryStorage
import RegistryTelemetry

extension Reporter {
    /// What the page of a storage's capacity shows beside the figures: growth, shared layers, and since when use is known.
    func page(_ capacity: CapacityReport, _ request: ReportRequest) async throws(ReportFailure) -> CapacityPage {
        let first = (capacity.asOf.microseconds - Self.pageAge) / CapacityPage.day
        let (snapshots, layers, since) = try await read { (tables) throws(LedgerError) in
            var layers: [CapacityPage.SharedLayer] = []
            for blob in try tables.sharedBlobs(limit: CapacityPage.layerRows) {
                layers.append(
                    CapacityPage.SharedLayer(
                        digest: blob.digest,
                        size: blob.size ?? 0,
                        repositories: blob.repositories,
                        names: try tables.repositories(reaching: blob.id, except: 0, limit: CapacityPage.layerNames)
                    )
                )
            }
            return (try tables.snapshots(since: first), layers, try tables.usageSince())
        }
        var scoped = capacity
        if request.scope != nil {
            scoped.namespaces.removeAll { !request.covers($0.name) }
            scoped.repositories.removeAll { !request.covers($0.name) }
            if scoped.namespaces.isEmpty, let repository = scoped.repositories.first {
                scoped.namespaces = [
                    NamespaceCapacity(name: repository.name, depth: 0, repositories: 1, figures: repository.figures)
                ]
            }
        }
        return CapacityPage(
            scoped,
            scope: request.scope,
            growth: CapacityPage.Growth(snapshots),
            layers: layers,
            usageSince: since,
            version: version
        )
    }

    /// How far back growth is drawn, in microseconds.
    private static let pageAge: Int64 = 366 * CapacityPage.day
}

extension CapacityPage.Growth {
    init(_ snapshots: [CapacitySnapshot]) {
        let trend = RegistryReports.Trend(
            snapshots.map { snapshot in
                (
                    x: Double(snapshot.takenAt.microseconds) / Double(CapacityPage.day),
                    y: Double(snapshot.physical)
                )
            }
        )
        self.init(
            points: snapshots.map { Point(day: $0.day, bytes: $0.physical) },
            trend: trend.map { trend in
                Self.Trend(
                    slope: trend.slope,
                    low: trend.interval.lowerBound,
                    high: trend.interval.upperBound,
                    confidence: 0.95
                )
            }
        )
    }
}
