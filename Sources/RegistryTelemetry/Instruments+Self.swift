//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// What the server tells of itself: its threads, its log, its metrics.

extension Instruments {
    var runtimeFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_event_loop_delay_seconds",
                "How late the event loops ran a task that was due, asked four times a second.",
                eventLoopDelay
            ),
            MetricFamily(
                "registry_io_pool_tasks",
                "Tasks of the pool of threads that reads, writes and hashes files.",
                labels: ["state"],
                poolTasks
            ),
            MetricFamily(
                "registry_io_pool_wait_seconds",
                "Time that tasks of this pool waited for a thread.",
                poolWait
            ),
        ]
    }

    var eventFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_events_total",
                "Events beside the requests, by name; docs/events.md says what each means.",
                labels: ["event"],
                events,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_config_last_reload_successful",
                "Whether the configuration was good when it was last read: 0 after a reload that was refused.",
                lastReload
            ),
            MetricFamily(
                "registry_watched_files_rejected",
                "Files that are read again when they change, and are no good now: what they said before holds.",
                labels: ["kind"],
                watchedFilesRejected,
                isZeroInitialised: true
            ),
        ]
    }

    var logFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_log_entries_total",
                "Log entries written, by sink.",
                labels: ["sink"],
                logEntries,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_log_entries_dropped_total",
                "Log entries that a sink has not got, by reason.",
                labels: ["sink", "reason"],
                logDropped,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_log_spill_delivered_total",
                "Audit entries that a sink got out of its spill file after all, by sink.",
                labels: ["sink"],
                logSpillDelivered,
                isDiagnostic: true,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_log_write_failures_total",
                "Writes of log entries that failed, by sink.",
                labels: ["sink"],
                logWriteFailures,
                isZeroInitialised: true
            ),
            MetricFamily("registry_log_queue_entries", "Log entries waiting for a sink.", labels: ["sink"], logQueue),
            MetricFamily(
                "registry_log_queue_bytes",
                "Bytes of the log entries waiting for a sink.",
                labels: ["sink"],
                logQueueBytes
            ),
            MetricFamily(
                "registry_log_pipeline_entries",
                "Log entries waiting to be turned into text.",
                logPipeline
            ),
            MetricFamily(
                "registry_log_rotations_total",
                "Log files ended, and attempts to rotate, compress or remove one that failed, by result.",
                labels: ["result"],
                logFiles.rotations,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_log_compressed_bytes_total",
                "Bytes of log files that were compressed, before that.",
                logFiles.compressedBytes,
                isDiagnostic: true
            ),
            MetricFamily(
                "registry_log_files_removed_total",
                "Rotated log files removed, as the limits demand.",
                logFiles.removedFiles
            ),
        ]
    }

    var metricsFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_metrics_scrapes_total",
                "Requests for metrics by what came of them.",
                labels: ["result"],
                scrapes,
                isDiagnostic: true,
                isZeroInitialised: true
            )
        ]
    }
}
