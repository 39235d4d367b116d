//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension Instruments {
    /// The values that label `driver` can have.
    package static let driverNames = ["filesystem", "inmemory", "s3aws", "azure", "gcs", "swift", "oss"]

    var storageFamilies: [MetricFamily] {
        let driver = (label: MetricDescription.Label("driver", .closed(Self.driverNames)), value: driverName)
        return driverFamilies(driver) + backend.families(driver) + reads.families + cacheFamilies + proxy.families
            + faultFamilies
    }

    private func driverFamilies(_ driver: (label: MetricDescription.Label, value: String)) -> [MetricFamily] {
        [
            MetricFamily(
                "registry_storage_action_seconds",
                "Time of storage driver calls by action.",
                labels: ["action"],
                constant: driver,
                storageActions,
                origin: .distribution
            ),
            MetricFamily(
                "registry_storage_stream_seconds",
                "Time spent moving content between the network and storage, by direction.",
                labels: ["direction"],
                constant: driver,
                streamTime
            ),
            MetricFamily(
                "registry_storage_stream_bytes_total",
                "Bytes moved between the network and storage, by direction.",
                labels: ["direction"],
                constant: driver,
                streamBytes,
                isZeroInitialised: true
            ),
        ]
    }

    private var cacheFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_storage_cache_requests_total",
                "Questions to the cache of manifests.",
                cacheRequests,
                origin: .distribution
            ),
            MetricFamily(
                "registry_storage_cache_hits_total",
                "Questions that the cache of manifests answered.",
                cacheHits,
                origin: .distribution
            ),
            MetricFamily(
                "registry_storage_cache_errors_total",
                "Entries of the cache of manifests that were found to be wrong.",
                cacheErrors,
                origin: .distribution
            ),
            MetricFamily(
                "registry_storage_cache_total",
                "Questions to the cache of manifests and their answers, under the name of distribution 2.",
                labels: ["type"],
                Labelled(CacheEvent.self) { event in
                    switch event {
                    case .request: cacheRequests
                    case .hit: cacheHits
                    case .miss: cacheMisses
                    }
                },
                origin: .distribution,
                isZeroInitialised: true
            ),
        ]
    }

    private var faultFamilies: [MetricFamily] {
        [
            MetricFamily("registry_storage_links_malformed_total", "Links found empty or malformed.", linksMalformed),
            MetricFamily("registry_storage_links_healed_total", "Malformed links replaced by a push.", linksHealed),
            MetricFamily(
                "registry_storage_blobs_repaired_total",
                "Blobs of the wrong size replaced by a push.",
                blobsRepaired
            ),
            MetricFamily(
                "registry_storage_blobs_damaged_total",
                "Reads that found content which is not what its digest says; of blobs, reads look at the size alone.",
                blobsDamaged
            ),
            MetricFamily("registry_storage_writes_refused_total", "Writes refused for want of space.", writesRefused),
            MetricFamily(
                "registry_read_only",
                "Whether changes are refused, by configuration, signal or command.",
                readOnly
            ),
            MetricFamily(
                "registry_storage_state",
                "What the last check of the storage found: 1 for that, else 0; 0 for all while it is not checked.",
                labels: ["state"],
                storageState
            ),
            MetricFamily(
                "registry_health_checks_failing",
                "Health checks that fail, so that requests get 503.",
                healthFailing
            ),
            MetricFamily(
                "registry_health_check_failures_total",
                "Health checks that failed, each time.",
                healthFailures,
                isDiagnostic: true
            ),
        ]
    }
}
