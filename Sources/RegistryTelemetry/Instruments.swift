//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Every metric of the registry, made once at the start.
///
/// Names, labels and buckets of the first two groups are distribution's; a golden test holds all of them.
package final class Instruments: Sendable {
    // MARK: Requests

    package let requests = Labelled(RouteName.self) { _ in
        Labelled(StatusLabel.self) { _ in Labelled(MethodName.self) { _ in Counter() } }
    }
    package let requestDuration = Labelled(RouteName.self) { _ in
        Labelled(MethodName.self) { _ in Histogram(.requestDuration) }
    }
    package let requestSize = Labelled(RouteName.self) { _ in Histogram(.messageSize) }
    package let responseSize = Labelled(RouteName.self) { _ in Histogram(.messageSize) }
    package let inFlight = Labelled(RouteName.self) { _ in Gauge() }
    package let timeToFirstByte = Labelled(RouteName.self) { _ in Histogram(.stage) }
    package let aborted = Labelled(RouteName.self) { _ in Counter() }
    package let errors = Labelled(ErrorCode.self) { _ in Counter() }

    // MARK: Storage

    package let driverName: String
    package let storageActions = Labelled(StorageAction.self) { _ in Histogram(.clientDefault) }
    package let cacheRequests = Counter()
    package let cacheHits = Counter()
    package let cacheMisses = Counter()
    package let cacheErrors = Counter()
    package let streamTime = Labelled(StreamDirection.self) { _ in Histogram(.stage) }
    package let streamBytes = Labelled(StreamDirection.self) { _ in Counter() }
    package let uploadStages = Labelled(UploadStage.self) { _ in Histogram(.stage) }
    package let uploadsInProgress = Gauge()
    package let linksMalformed = Counter()
    package let linksHealed = Counter()
    package let blobsRepaired = Counter()
    package let writesRefused = Counter()

    // MARK: Events

    package let events = Labelled(EventName.self) { _ in Counter() }

    // MARK: The log itself

    package let logEntries = Labelled(LogSinkName.self) { _ in Counter() }
    package let logDropped = Labelled(LogSinkName.self) { _ in Labelled(LogDropReason.self) { _ in Counter() } }
    package let logWriteFailures = Labelled(LogSinkName.self) { _ in Counter() }
    package let logQueue = Labelled(LogSinkName.self) { _ in Gauge() }
    package let logQueueBytes = Labelled(LogSinkName.self) { _ in Gauge() }
    package let logPipeline = Gauge()

    /// - Parameter driverName: the storage driver in use, as label `driver`.
    package init(driverName: String) { self.driverName = driverName }

    /// All families, in the order of the exposition.
    package var families: [MetricFamily] { requestFamilies + storageFamilies + [eventFamily] + logFamilies }

    private var eventFamily: MetricFamily {
        MetricFamily(
            name: "registry_events_total",
            help: "Events beside the requests, by name; docs/events.md says what each means.",
            series: events.series("event", MetricFamily.Instrument.counter)
        )
    }

    private var requestFamilies: [MetricFamily] {
        [
            MetricFamily(
                name: "registry_http_requests_total",
                help: "Requests by handler, status code and method.",
                series: zip(RouteName.allCases, requests.instruments).flatMap { route, codes in
                    codes.nested("code", "method", MetricFamily.Instrument.counter).map {
                        .init(labels: "handler=\"\(route.rawValue)\",\($0.labels)", instrument: $0.instrument)
                    }
                }
            ),
            MetricFamily(
                name: "registry_http_request_duration_seconds",
                help: "Time from the first byte of a request to the last byte of its answer.",
                series: requestDuration.nested("handler", "method", MetricFamily.Instrument.histogram)
            ),
            MetricFamily(
                name: "registry_http_request_size_bytes",
                help: "Body bytes received in a request.",
                series: requestSize.series("handler", MetricFamily.Instrument.histogram)
            ),
            MetricFamily(
                name: "registry_http_response_size_bytes",
                help: "Body bytes sent in an answer.",
                series: responseSize.series("handler", MetricFamily.Instrument.histogram)
            ),
            MetricFamily(
                name: "registry_http_in_flight_requests",
                help: "Requests being served.",
                series: inFlight.series("handler", MetricFamily.Instrument.gauge)
            ),
            MetricFamily(
                name: "registry_http_time_to_first_byte_seconds",
                help: "Time until the head of the answer was ready.",
                series: timeToFirstByte.series("handler", MetricFamily.Instrument.histogram)
            ),
            MetricFamily(
                name: "registry_http_requests_aborted_total",
                help: "Requests whose client went away or was too slow.",
                series: aborted.series("handler", MetricFamily.Instrument.counter)
            ),
            MetricFamily(
                name: "registry_errors_total",
                help: "Error answers by OCI error code.",
                series: errors.series("code", MetricFamily.Instrument.counter)
            ),
        ]
    }

    private var storageFamilies: [MetricFamily] {
        let driver = "driver=\"\(driverName)\""
        func withDriver(_ series: [MetricFamily.Series]) -> [MetricFamily.Series] {
            series.map { .init(labels: "\(driver),\($0.labels)", instrument: $0.instrument) }
        }
        return [
            MetricFamily(
                name: "registry_storage_action_seconds",
                help: "Time of storage driver calls by action.",
                series: withDriver(storageActions.series("action", MetricFamily.Instrument.histogram))
            ),
            .plain("registry_storage_cache_requests_total", "Questions to the cache.", .counter(cacheRequests)),
            .plain("registry_storage_cache_hits_total", "Questions that the cache answered.", .counter(cacheHits)),
            .plain("registry_storage_cache_errors_total", "Cache entries found to be wrong.", .counter(cacheErrors)),
            MetricFamily(
                name: "registry_storage_cache_total",
                help: "The same by type, under the name of distribution 2.",
                series: [
                    .init(labels: "type=\"Request\"", instrument: .counter(cacheRequests)),
                    .init(labels: "type=\"Hit\"", instrument: .counter(cacheHits)),
                    .init(labels: "type=\"Miss\"", instrument: .counter(cacheMisses)),
                ]
            ),
            MetricFamily(
                name: "registry_storage_stream_seconds",
                help: "Time spent moving content between the network and storage, by direction.",
                series: withDriver(streamTime.series("direction", MetricFamily.Instrument.histogram))
            ),
            MetricFamily(
                name: "registry_storage_stream_bytes_total",
                help: "Bytes moved between the network and storage, by direction.",
                series: withDriver(streamBytes.series("direction", MetricFamily.Instrument.counter))
            ),
            MetricFamily(
                name: "registry_upload_stage_seconds",
                help: "Time of uploads by stage.",
                series: uploadStages.series("stage", MetricFamily.Instrument.histogram)
            ),
            .plain(
                "registry_uploads_in_progress",
                "Requests that are writing to an upload.",
                .gauge(uploadsInProgress)
            ),
            .plain(
                "registry_storage_links_malformed_total",
                "Links found empty or malformed.",
                .counter(linksMalformed)
            ),
            .plain("registry_storage_links_healed_total", "Malformed links replaced by a push.", .counter(linksHealed)),
            .plain(
                "registry_storage_blobs_repaired_total",
                "Truncated blobs replaced by a push.",
                .counter(blobsRepaired)
            ),
            .plain(
                "registry_storage_writes_refused_total",
                "Writes refused for want of space.",
                .counter(writesRefused)
            ),
        ]
    }

    private var logFamilies: [MetricFamily] {
        [
            MetricFamily(
                name: "registry_log_entries_total",
                help: "Log entries written, by sink.",
                series: logEntries.series("sink", MetricFamily.Instrument.counter)
            ),
            MetricFamily(
                name: "registry_log_entries_dropped_total",
                help: "Log entries that a sink has not got, by reason.",
                series: logDropped.nested("sink", "reason", MetricFamily.Instrument.counter)
            ),
            MetricFamily(
                name: "registry_log_write_failures_total",
                help: "Writes of log entries that failed, by sink.",
                series: logWriteFailures.series("sink", MetricFamily.Instrument.counter)
            ),
            MetricFamily(
                name: "registry_log_queue_entries",
                help: "Log entries waiting for a sink.",
                series: logQueue.series("sink", MetricFamily.Instrument.gauge)
            ),
            MetricFamily(
                name: "registry_log_queue_bytes",
                help: "Bytes of the log entries waiting for a sink.",
                series: logQueueBytes.series("sink", MetricFamily.Instrument.gauge)
            ),
            .plain("registry_log_pipeline_entries", "Log entries waiting to be turned into text.", .gauge(logPipeline)),
        ]
    }
}

extension MetricFamily {
    /// A family of one series without labels.
    static func plain(_ name: String, _ help: String, _ instrument: Instrument) -> MetricFamily {
        MetricFamily(name: name, help: help, series: [Series(labels: "", instrument: instrument)])
    }
}
