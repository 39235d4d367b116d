//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension Instruments {
    /// Blobs, uploads and manifests.
    var contentFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_storage_blob_upload_bytes",
                "Sizes of blobs whose upload was completed.",
                blobUploads,
                origin: .gitlab
            ),
            MetricFamily(
                "registry_storage_blob_download_bytes",
                "Sizes of blobs that were sent whole.",
                labels: ["redirect"],
                blobDownloads,
                origin: .gitlab
            ),
            MetricFamily(
                "registry_blob_transfer_rate_bytes_per_second",
                "Bytes a second of blob transfers of 1 MiB and more, as the client and the network took or gave them.",
                labels: ["direction"],
                blobRate
            ),
            MetricFamily(
                "registry_upload_stage_seconds",
                "Time of uploads by stage.",
                labels: ["stage"],
                uploadStages
            ),
            MetricFamily(
                "registry_uploads_in_progress",
                "Requests that are writing to an upload.",
                uploadsInProgress
            ),
            MetricFamily(
                "registry_uploads_purged_total",
                "Abandoned uploads that were removed.",
                uploadsPurged,
                isDiagnostic: true
            ),
            MetricFamily(
                "registry_uploads_purged_bytes_total",
                "Bytes of abandoned uploads that were removed.",
                uploadsPurgedBytes,
                isDiagnostic: true
            ),
            MetricFamily(
                "registry_uploads_unfinished",
                "Uploads begun and not ended that the last round of purging left; 0 before the first.",
                uploadsUnfinished,
                isDiagnostic: true
            ),
            MetricFamily(
                "registry_manifest_push_total",
                "Manifests pushed, by media type and what came of it.",
                labels: ["media_type", "result"],
                manifestPushes
            ),
        ]
    }
}
