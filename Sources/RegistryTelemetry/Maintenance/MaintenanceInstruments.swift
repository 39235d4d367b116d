//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is measured of the collection of garbage and of the check of all content.
package final class MaintenanceInstruments: Sendable {
    /// 1 for the phase that a collection is in.
    package let phase = Labelled(CollectionPhase.self) { _ in Gauge() }
    package let runs = Labelled(CollectionResult.self) { _ in Counter() }
    /// Seconds since 1970; 0 before the first.
    package let lastSuccess = Gauge()
    /// What the collection that runs, or the last one, has planned and done.
    package let planned = Gauge()
    package let swept = Gauge()
    package let reclaimable = Gauge()
    package let removed = Labelled(CollectedKind.self) { _ in Counter() }
    package let freedBytes = Counter()
    package let trashedBytes = Counter()
    package let spared = Labelled(SpareReason.self) { _ in Counter() }
    package let trash = Gauge()
    package let interval = Gauge()
    /// Seconds since 1970; 0 while the schedule is that of the start.
    package let scheduled = Gauge()

    package let scrubbed = Counter()
    package let scrubbedBytes = Counter()
    package let quarantined = Counter()
    /// Thousandths of all content.
    package let scrubPosition = Gauge()
    package let scrubLast = Gauge()

    package init() {}

    /// Says which phase a collection is in.
    package func enter(_ current: CollectionPhase) {
        for phase in CollectionPhase.allCases { self.phase[phase].set(phase == current ? 1 : 0) }
    }

    var families: [MetricFamily] { collectionFamilies + scrubFamilies }

    private var collectionFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_collection_phase",
                "1 for the phase that the collection of garbage is in.",
                labels: ["phase"],
                phase
            ),
            MetricFamily(
                "registry_collection_runs_total",
                "Collections that have ended, by how.",
                labels: ["result"],
                runs,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_collection_last_success_timestamp_seconds",
                "When the last collection was completed, in seconds since 1970; 0 before the first.",
                lastSuccess
            ),
            MetricFamily(
                "registry_collection_interval_seconds",
                "Time between two scheduled collections; 0 if none are scheduled.",
                interval
            ),
            MetricFamily(
                "registry_collection_scheduled_timestamp_seconds",
                "When a reload last changed this time, in seconds since 1970; 0 while it is that of the start.",
                scheduled
            ),
            MetricFamily(
                "registry_collection_planned_blobs",
                "Blobs that the last plan has to be removed.",
                planned
            ),
            MetricFamily("registry_collection_swept_blobs", "Blobs of that plan that are done.", swept),
            MetricFamily(
                "registry_collection_reclaimable_bytes",
                "Bytes that the last plan would free, less what was removed since.",
                reclaimable
            ),
            MetricFamily(
                "registry_collection_removed_total",
                "What collections have taken out, by its kind.",
                labels: ["kind"],
                removed,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_collection_trashed_bytes_total",
                "Bytes that collections have moved into the trash.",
                trashedBytes
            ),
            MetricFamily(
                "registry_collection_freed_bytes_total",
                "Bytes that were deleted, at once or out of the trash.",
                freedBytes
            ),
            MetricFamily("registry_collection_trash_bytes", "Bytes in the trash.", trash),
            MetricFamily(
                "registry_collection_spared_total",
                "What was to be removed and was left, by the reason.",
                labels: ["reason"],
                spared,
                isZeroInitialised: true
            ),
        ]
    }

    private var scrubFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_scrub_blobs_total",
                "Blobs whose content was compared with their digests.",
                scrubbed
            ),
            MetricFamily("registry_scrub_bytes_total", "Bytes that were read for that.", scrubbedBytes),
            MetricFamily(
                "registry_scrub_quarantined_total",
                "Blobs that were not what their digests say, and were taken out.",
                quarantined
            ),
            MetricFamily(
                "registry_scrub_position_permille",
                "How much of all content the round that runs has gone through, in thousandths.",
                scrubPosition
            ),
            MetricFamily(
                "registry_scrub_last_completion_timestamp_seconds",
                "When the last round was completed, in seconds since 1970; 0 before the first.",
                scrubLast
            ),
        ]
    }
}

/// What a collection is doing, as metric label `phase`.
package enum CollectionPhase: String, Sendable, CaseIterable {
    case idle
    /// Finding out what nothing needs.
    case marking
    /// Taking it out.
    case sweeping
    /// Deleting what was long enough in the trash.
    case emptying
}

/// How a collection ended, as metric label `result`.
package enum CollectionResult: String, Sendable, CaseIterable {
    case completed
    /// It was told to end.
    case stopped
    case failed
}

/// What a collection takes out, as metric label `kind`.
package enum CollectedKind: String, Sendable, CaseIterable {
    case manifest, blob, layer, repository
}

/// Why something that was planned stays, as metric label `reason`.
package enum SpareReason: String, Sendable, CaseIterable {
    /// It has not been there, or linked, for long enough.
    case young
    /// It was pushed, mounted or asked for since the collection began, or shortly before.
    case used
    /// A manifest that a spared one needs names it, or the ledger knows one.
    case needed
    /// Somebody else has removed it.
    case gone
    /// It was not come to, since the collection ended early.
    case unfinished
}
