//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Gauges of parts of the server that are asked at the time of a scrape.
package enum ServerGauges {
    package static let capacity = MetricDescription(
        "registry_storage_capacity_bytes",
        .gauge,
        "Size of the file system that the storage is on, as of the last minute."
    )
    package static let free = MetricDescription(
        "registry_storage_free_bytes",
        .gauge,
        "Room left on it for the registry."
    )
    package static let inodes = MetricDescription(
        "registry_storage_inodes",
        .gauge,
        "Files and folders that this file system can have; absent where it has no bound for them."
    )
    package static let freeInodes = MetricDescription(
        "registry_storage_free_inodes",
        .gauge,
        "Files and folders that the registry can still make on it."
    )
    package static let connections = MetricDescription(
        "registry_http_open_connections",
        .gauge,
        "Connections of clients that are open, idle ones included."
    )

    package static let certificateEnd = MetricDescription(
        "registry_tls_certificate_not_after_timestamp_seconds",
        .gauge,
        "When the certificate of http.tls ends, or the first one on the way to its authority; absent without TLS."
    )
    package static let certificateBeginning = MetricDescription(
        "registry_tls_certificate_not_before_timestamp_seconds",
        .gauge,
        "When that certificate began to count: how long it counts tells how early its end matters; absent without TLS."
    )

    static let all = [
        capacity, free, inodes, freeInodes, connections, certificateEnd, certificateBeginning,
    ]
}
