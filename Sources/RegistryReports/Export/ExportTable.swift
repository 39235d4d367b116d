//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryModel
import RegistryTelemetry

/// A table of an export, which becomes a file of each format.
///
/// docs/exports.md tells of the columns.
enum ExportTable: String, CaseIterable {
    case repositories
    case namespaces
    case tags
    case blobs
    case sharedBlobs = "shared_blobs"
    case pullsDaily = "pulls_daily"
    case growthDaily = "growth_daily"
    case actorsDaily = "actors_daily"

    /// Rows of `shared_blobs`, and names of repositories in each.
    static let sharedRows = 1000
    static let sharedNames = 20

    var columns: [ReportTable.Column] {
        switch self {
        case .repositories: [.init("name", isKey: true)] + Self.figures
        case .namespaces:
            [.init("name", isKey: true), .init("depth", .count), .init("repositories", .count)] + Self.figures
        case .tags:
            [
                .init("repository", isKey: true), .init("tag", isKey: true), .init("digest"), .init("media_type"),
                .init("logical", .bytes), .init("changed_at", .time), .init("pulls", .count), .init("heads", .count),
                .init("last_pull", .time), .init("last_pull_by"),
            ]
        case .blobs:
            [
                .init("digest", isKey: true), .init("size", .bytes), .init("media_type"), .init("repositories", .count),
                .init("first_push", .time), .init("last_push", .time), .init("last_pull", .time),
            ]
        case .sharedBlobs:
            [
                .init("digest", isKey: true), .init("size", .bytes), .init("repositories", .count),
                .init("saved", .bytes), .init("shared_with"),
            ]
        case .pullsDaily:
            [
                .init("day", isKey: true), .init("repository", isKey: true), .init("kind", isKey: true),
                .init("reference", isKey: true), .init("pulls", .count), .init("heads", .count),
                .init("pushes", .count), .init("sent", .bytes), .init("received", .bytes), .init("clients", .count),
                .init("last_pull", .time), .init("last_pull_by"),
            ]
        case .growthDaily:
            [
                .init("day", isKey: true), .init("taken_at", .time), .init("logical", .bytes),
                .init("referenced", .bytes), .init("unreferenced", .bytes), .init("uploading", .bytes),
                .init("physical", .bytes), .init("repositories", .count), .init("manifests", .count),
                .init("tags", .count), .init("blobs", .count), .init("total", .bytes), .init("free", .bytes),
            ]
        case .actorsDaily:
            [
                .init("day", isKey: true), .init("actor", isKey: true), .init("pulls", .count), .init("heads", .count),
                .init("pushes", .count), .init("sent", .bytes), .init("received", .bytes), .init("last_seen", .time),
            ]
        }
    }

    private static let figures: [ReportTable.Column] = [
        .init("logical", .bytes), .init("deduplicated", .bytes), .init("exclusive", .bytes), .init("shared", .bytes),
        .init("attributed", .bytes), .init("manifests", .count), .init("tags", .count), .init("last_push", .time),
        .init("last_pull", .time), .init("pulls", .count),
    ]

    /// Goes through the rows, in the order of the columns.
    /// - Parameter body: returns false to end it.
    func each(
        _ tables: LedgerTables,
        _ capacity: LedgerCapacity,
        _ body: ([ReportValue]) -> Bool
    ) throws(LedgerError) {
        switch self {
        case .repositories:
            for row in capacity.repositories { guard body([.text(row.name)] + row.figures.values) else { return } }
        case .namespaces:
            for row in capacity.namespaces {
                let head: [ReportValue] = [
                    .text(row.name), .number(Int64(row.depth)), .number(Int64(row.repositories)),
                ]
                guard body(head + row.figures.values) else { return }
            }
        case .tags:
            try tables.eachTag { row in
                body([
                    .text(row.repository), .text(row.tag), ReportValue(row.digest?.description),
                    ReportValue(row.mediaType), ReportValue(row.logical), ReportValue(row.changedAt),
                    .number(row.usage.pulls), .number(row.usage.heads), ReportValue(row.usage.lastPull),
                    ReportValue(row.usage.lastPullBy),
                ])
            }
        case .blobs:
            try tables.eachBlobRow { row in
                body([
                    .text(row.digest.description), .number(row.size), ReportValue(row.mediaType),
                    .number(row.repositories), ReportValue(row.firstPush), ReportValue(row.lastPush),
                    ReportValue(row.lastPull),
                ])
            }
        case .sharedBlobs:
            for blob in try tables.sharedBlobs(limit: Self.sharedRows) {
                let names = try tables.repositories(reaching: blob.id, except: 0, limit: Self.sharedNames)
                let size = blob.size ?? 0
                let row: [ReportValue] = [
                    .text(blob.digest.description), .number(size), .number(blob.repositories),
                    .number(size * (blob.repositories - 1)), .list(names),
                ]
                guard body(row) else { return }
            }
        case .pullsDaily:
            try tables.eachUsageRow { row in
                let usage = row.usage
                return body([
                    Self.day(row.day), .text(row.repository), .text(row.kind), .text(row.reference),
                    .number(usage.pulls), .number(usage.heads), .number(usage.pushes), .number(usage.sentBytes),
                    .number(usage.receivedBytes), .number(usage.clients.count), ReportValue(usage.lastPull),
                    ReportValue(usage.lastPullBy),
                ])
            }
        case .growthDaily:
            for day in try tables.snapshots(since: 0) {
                let row: [ReportValue] = [
                    Self.day(day.day), .time(day.takenAt), .number(day.logical), .number(day.referenced),
                    .number(day.unreferenced), ReportValue(day.uploading), .number(day.physical),
                    .number(day.repositories), .number(day.manifests), .number(day.tags), .number(day.blobs),
                    ReportValue(day.total), ReportValue(day.free),
                ]
                guard body(row) else { return }
            }
        case .actorsDaily:
            try tables.eachClientRow { day, client, usage in
                body([
                    Self.day(day), .text(client), .number(usage.pulls), .number(usage.heads), .number(usage.pushes),
                    .number(usage.sentBytes), .number(usage.receivedBytes), ReportValue(usage.lastPull),
                ])
            }
        }
    }

    private static func day(_ day: Int64) -> ReportValue { .text(CapacityPage.date(day)) }
}
