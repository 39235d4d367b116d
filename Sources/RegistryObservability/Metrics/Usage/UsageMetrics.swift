//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
package import RegistryTelemetry
import Synchronization

/// The use of repositories, as one view of requests and a page of its own: `/metrics/usage`.
///
/// What went wrong is counted for repositories that have shown to exist, and for all other names together.
package final class UsageMetrics: Observer {
    /// Repositories that are counted under their names.
    static let capacity = 1000

    private let table: Mutex<UsageTable>

    package convenience init() { self.init(capacity: Self.capacity) }

    init(capacity: Int) { self.table = Mutex(UsageTable(capacity: capacity)) }

    package func conclude(_ record: RequestRecord) {
        guard let name = record.repository else { return }
        guard (200..<400).contains(record.result) else { return countError(record, name) }
        let method = record.methodName
        let counts = UsageCounts(
            pulls: record.route == .manifest && method == .get && record.status == 200 && !record.isCutShort ? 1 : 0,
            pushes: record.route == .manifest && method == .put ? 1 : 0,
            receivedBytes: record.bytesIn,
            sentBytes: record.bytesOut,
            failed: record.isBrokenOff ? 1 : 0
        )
        let exists = Self.showsRepository(record.route, method, record.result)
        table.withLock { $0.add(counts, to: name, exists: exists) }
    }

    /// Counts a request that went wrong under the name of a repository that has a place already, and under no other: a
    /// failure shows of no repository that it exists.
    ///
    /// As everywhere, what clients do all day is no error: to ask who they must be, or for what is not there. Their bytes
    /// count all the same, as do those of an upload that broke off.
    private func countError(_ record: RequestRecord, _ name: RepositoryName) {
        var counts = UsageCounts(receivedBytes: record.bytesIn, sentBytes: record.bytesOut)
        switch record.outcome {
        case .failed: counts.failed = 1
        case .refused where record.severity >= .warn: counts.refused = 1
        case .refused, .ok, .aborted: break
        }
        table.withLock { $0.add(counts, to: name, exists: false) }
    }

    /// Whether such an answer is given only where there is such a repository, so that nobody can fill the table with names
    /// that are made up: an upload that was begun is none yet, and any name has a list of referrers.
    private static func showsRepository(_ route: RouteName, _ method: MethodName, _ status: Int) -> Bool {
        switch route {
        case .manifest, .tags: true
        case .blob: method != .delete
        case .blobUpload, .blobUploadChunk: status == 201
        case .base, .catalog, .referrers, .unknown: false
        }
    }

    // MARK: The page

    static let descriptions = [
        describe("pulls_total", "Manifests sent."),
        describe("pushes_total", "Manifests stored."),
        describe("received_bytes_total", "Body bytes received."),
        describe("sent_bytes_total", "Body bytes sent."),
        describe("refused_requests_total", "Requests refused: status 400 to 499, save 401, 404, 416 and 499."),
        describe(
            "failed_requests_total",
            "Requests that failed: status 500 and above, or an answer that was broken off since the storage failed."
        ),
    ]

    private static let values: [@Sendable (UsageCounts) -> Int64] = [
        { $0.pulls }, { $0.pushes }, { $0.receivedBytes }, { $0.sentBytes }, { $0.refused }, { $0.failed },
    ]

    private static func describe(_ name: String, _ help: String) -> MetricDescription {
        MetricDescription(
            "registry_repository_\(name)",
            .counter,
            help,
            labels: [
                .init("repository", .open("the repository's name, or `_other` for all that had no place at the time"))
            ],
            isZeroInitialised: true
        )
    }

    /// Writes the counts of the repositories that are used most, and of what had no place among them.
    /// - Parameter top: repositories to name at most; nil for all that have a place.
    func write(top: Int?, to writer: inout ExpositionWriter) {
        let (named, other) = table.withLock { $0 }.top(top)
        for (description, value) in zip(Self.descriptions, Self.values) {
            writer.family(description)
            for entry in named {
                let label = ExpositionWriter.label("repository", entry.name.description)
                writer.sample(labels: label, value(entry.counts))
            }
            writer.sample(labels: "repository=\"_other\"", value(other))
        }
    }
}
