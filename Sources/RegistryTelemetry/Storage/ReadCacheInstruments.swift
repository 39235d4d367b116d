//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How the local cache of content took part in a read, as metric label `result`.
package enum ContentCacheResult: String, Sendable, CaseIterable {
    /// It had the content.
    case hit
    /// It had not, and is being filled with what is read.
    case miss
    /// It is being filled by another read, which this one follows.
    case follower
    /// It takes no part: a range of content that it has not, or what it cannot take.
    case bypass
}

/// What went wrong with the local cache, as metric label `cause`.
package enum ContentCacheFault: String, Sendable, CaseIterable {
    /// No room on its disk.
    case full
    /// Its folder cannot be read or written, or is another server's.
    case folder
    /// What the storage gave is not what its digest says.
    case content
}

/// Reads that several requests share, as metric label `kind`.
package enum SharedRead: String, Sendable, CaseIterable {
    case content, link
}

/// What stands between the requests and a storage that is asked over a network.
package struct ReadCacheInstruments: Sendable {
    package let shared = Labelled(SharedRead.self) { _ in Counter() }
    package let recalledLinks = Counter()
    package let requests = Labelled(ContentCacheResult.self) { _ in Counter() }
    package let filledBytes = Counter()
    package let evictions = Counter()
    package let failures = Labelled(ContentCacheFault.self) { _ in Counter() }
    package let bytes = Gauge()
    package let entries = Gauge()

    package init() {}

    var families: [MetricFamily] {
        [
            MetricFamily(
                "registry_storage_reads_shared_total",
                "Reads that were answered by another read of the same, which was under way.",
                labels: ["kind"],
                shared,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_storage_links_recalled_total",
                "Links that were followed without asking the object store, since that was done a moment ago.",
                recalledLinks
            ),
            MetricFamily(
                "registry_storage_local_cache_requests_total",
                "Reads of content by what the local cache did for them.",
                labels: ["result"],
                requests,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_storage_local_cache_filled_bytes_total",
                "Bytes of content that the local cache has taken in.",
                filledBytes
            ),
            MetricFamily(
                "registry_storage_local_cache_evictions_total",
                "Content that the local cache has let go of to make room.",
                evictions
            ),
            MetricFamily(
                "registry_storage_local_cache_failures_total",
                "Faults of the local cache, by their cause; reads go on without it.",
                labels: ["cause"],
                failures,
                isZeroInitialised: true
            ),
            MetricFamily("registry_storage_local_cache_bytes", "Bytes that the local cache holds.", bytes),
            MetricFamily("registry_storage_local_cache_entries", "Blobs that the local cache holds.", entries),
        ]
    }
}
