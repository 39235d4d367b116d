//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A request to an object store, as metric label `request`.
package enum BackendRequest: String, Sendable, CaseIterable {
    case head, get, put, list, copy, delete
    /// Of objects in parts.
    case begin, part
    case partCopy = "part_copy"
    case complete, abort, uploads, parts
    /// For credentials, at whoever gives them out.
    case credentials
}

/// Why a request to an object store is worth another try, as metric label `cause`.
package enum BackendTrouble: String, Sendable, CaseIterable {
    /// Status 429.
    case tooManyRequests = "too_many_requests"
    /// Status 503, with which S3 says `SlowDown`.
    case slowDown = "slow_down"
    /// Any other status of 500 or above.
    case serverError = "server_error"
    /// No answer, or nothing more of it, in time.
    case timeout
    /// No connection, or one that broke.
    case connection
    /// More or fewer bytes than were announced.
    case wrongLength = "wrong_length"
    /// The store's clock is another.
    case clockSkew = "clock_skew"
    /// The credentials have expired.
    case credentials
}

/// Who decides that a request to an object store is made again, as GitLab's metric label `retry_type`.
package enum BackendRetryType: String, Sendable, CaseIterable {
    /// The library of the vendor, of which Plimsoll uses none.
    case native
    /// The server.
    case custom
}

/// Requests to the object store behind the storage driver.
package struct BackendInstruments: Sendable {
    package let requests = Labelled(BackendRequest.self) { _ in Histogram(.clientDefault) }
    package let retries = Labelled(BackendTrouble.self) { _ in Counter() }
    package let failures = Labelled(BackendTrouble.self) { _ in Counter() }
    /// All of `retries`, by GitLab's label.
    package let retryTypes = Labelled(BackendRetryType.self) { _ in Counter() }
    /// Answers with 429.
    package let rateLimited = Counter()
    package let abandonedParts = Counter()

    package init() {}

    func families(_ driver: (label: MetricDescription.Label, value: String)) -> [MetricFamily] {
        [
            MetricFamily(
                "registry_storage_backend_request_seconds",
                "Time of requests to the object store until its answer begins, each try by itself.",
                labels: ["request"],
                constant: driver,
                requests
            ),
            MetricFamily(
                "registry_storage_backend_retries_total",
                "Requests to the object store that were made again, by what was wrong with the try before.",
                labels: ["cause"],
                constant: driver,
                retries,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_storage_backend_failures_total",
                "Requests to the object store that were given up, by what was wrong with the last try.",
                labels: ["cause"],
                constant: driver,
                failures,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_storage_storage_backend_retries_total",
                "Requests to the object store that were made again, under GitLab's name; all of them are custom.",
                labels: ["retry_type"],
                retryTypes,
                origin: .gitlab,
                isDiagnostic: true,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_storage_rate_limit_total",
                "Tries that the object store answered with 429, under GitLab's name.",
                rateLimited,
                origin: .gitlab,
                isDiagnostic: true
            ),
            MetricFamily(
                "registry_storage_backend_uploads_aborted_total",
                "Uploads in parts that nobody had ended and that were removed from the object store.",
                constant: driver,
                abandonedParts,
                isZeroInitialised: true
            ),
        ]
    }
}
