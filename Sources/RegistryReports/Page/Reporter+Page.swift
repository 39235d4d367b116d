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
        let (growth, layers, since) = try await read { (tables) throws(LedgerError) in
            let snapshots = try tables.snapshots(since: first)
            let growth =
                if let scope = request.scope {
                    CapacityPage.Growth(
                        zip(snapshots, try tables.deduplicatedBytes(in: scope, on: snapshots.map(\.day))).map {
                            ($0, $1)
                        }
                    )
                } else {
                    CapacityPage.Growth(snapshots.map { ($0, $0.physical) })
                }
            return (growth, try Self.layers(tables, request.scope), try tables.usageSince())
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
            growth: growth,
            layers: layers,
            usageSince: since,
            version: version
        )
    }

    private static func layers(_ tables: LedgerTables, _ scope: String?) throws(LedgerError)
        -> [CapacityPage.SharedLayer]
    {
        let limit = CapacityPage.layerNames
        var layers: [CapacityPage.SharedLayer] = []
        guard let scope else {
            for blob in try tables.sharedBlobs(limit: CapacityPage.layerRows) {
                let names = try tables.repositories(reaching: blob.id, except: 0, limit: limit)
                layers.append(
                    .init(digest: blob.digest, size: blob.size ?? 0, repositories: blob.repositories, names: names)
                )
            }
            return layers
        }
        for blob in try tables.sharedBlobs(in: scope, limit: CapacityPage.layerRows) {
            let inside = try tables.repositories(reaching: blob.id, in: scope, isInside: true, limit: limit)
            let outside = try tables.repositories(reaching: blob.id, in: scope, isInside: false, limit: limit)
            layers.append(
                .init(
                    digest: blob.digest,
                    size: blob.size,
                    repositories: blob.repositories,
                    names: outside,
                    inside: .init(count: blob.inside, names: inside)
                )
            )
        }
        return layers
    }

    /// How far back growth is drawn, in microseconds.
    private static let pageAge: Int64 = 366 * CapacityPage.day
}

extension CapacityPage.Growth {
    /// - Parameter days: each with the bytes that are drawn.
    init(_ days: [(snapshot: CapacitySnapshot, bytes: Int64)]) {
        let trend = RegistryReports.Trend(
            days.map { ($0.snapshot.takenAt.microseconds, $0.bytes) }.map { time, bytes in
                (x: Double(time) / Double(CapacityPage.day), y: Double(bytes))
            }
        )
        self.init(
            points: days.map { Point(day: $0.snapshot.day, bytes: $0.bytes) },
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
