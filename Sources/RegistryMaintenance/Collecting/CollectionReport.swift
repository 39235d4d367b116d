//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// What a collection has done, beside what it had planned.
package struct CollectionReport: Sendable, Equatable {
    /// Where in the trash it is, with a trash; and what it is called in the log.
    package var run: String
    package var began: WallTime
    package var duration = Duration.zero
    package var result = CollectionResult.completed
    /// Why it ended early.
    package var failure: String?
    /// Nil if it came to no plan.
    package var source: String?
    package var planned = Counts()
    package var removed = Counts()
    /// What was planned and left, by the reason.
    package var spared: [SpareReason: CollectionPlan.Tally] = [:]
    /// Whether `removed` is in the trash, so that its bytes are not free yet.
    package var isTrashed = false
    /// Bytes that earlier runs had left in the trash and that were deleted in this one.
    package var emptied: Int64 = 0

    package struct Counts: Sendable, Equatable {
        package var manifests = 0
        package var blobs = 0
        package var bytes: Int64 = 0
        package var links = 0
        package var repositories = 0

        package init() {}

        var json: JSONText {
            .object([
                ("manifests", .number(Int64(manifests))), ("blobs", .number(Int64(blobs))), ("bytes", .number(bytes)),
                ("links", .number(Int64(links))), ("repositories", .number(Int64(repositories))),
            ])
        }
    }

    package init(run: String, began: WallTime) {
        self.run = run
        self.began = began
    }

    mutating func spare(_ reason: SpareReason, _ bytes: Int64) { spared[reason, default: .init()].add(bytes) }

    /// Whether every blob that was planned is accounted for.
    package var isReconciled: Bool {
        let left = spared.filter { $0.key != .young }.values.reduce(into: CollectionPlan.Tally()) {
            $0.count += $1.count
            $0.bytes += $1.bytes
        }
        return planned.blobs + planned.manifests + planned.repositories
            == removed.blobs + removed.manifests + removed.repositories + left.count
            && planned.bytes == removed.bytes + left.bytes
    }

    package var json: JSONText {
        .object([
            ("run", .string(run)), ("began", .string(began.secondsDescription)),
            ("duration_ms", .number(duration.milliseconds)), ("result", .string(result.rawValue)),
            ("failure", failure.map { .string($0) }), ("source", source.map { .string($0) }),
            ("planned", planned.json), ("removed", removed.json),
            (
                "spared",
                .object(
                    SpareReason.allCases.compactMap { reason in
                        spared[reason].map { tally in
                            (
                                reason.rawValue,
                                .object([("count", .number(Int64(tally.count))), ("bytes", .number(tally.bytes))])
                            )
                        }
                    }
                )
            ),
            ("trashed", .bool(isTrashed)), ("emptied_bytes", .number(emptied)),
            ("reconciled", .bool(isReconciled)),
        ])
    }
}
