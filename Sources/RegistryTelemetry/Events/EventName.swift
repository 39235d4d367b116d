//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What can happen beside the requests: the closed set of events, each by its stable name.
///
/// To add one: a case here, its facts beside those of its topic (`EventFacts+….swift`), and `plimsoll events` for the files made from them.
package enum EventName: String, Sendable, CaseIterable {
    // The server.
    case serverStarted = "server_started"
    case sidePortStarted = "side_port_started"
    case serverStopping = "server_stopping"
    case drainExpired = "drain_expired"
    case serverStopped = "server_stopped"

    case acceptFailed = "accept_failed"
    case variableIgnored = "variable_ignored"
    case reloaded
    case reloadFailed = "reload_failed"
    case readOnlyEntered = "read_only_entered"
    case readOnlyLeft = "read_only_left"
    case logLevelChanged = "log_level_changed"
    case controlStarted = "control_started"
    case controlUnavailable = "control_unavailable"
    case controlCommand = "control_command"
    case controlCommandFailed = "control_command_failed"
    case watchdogStalled = "watchdog_stalled"

    // Encryption.
    case certificateReloaded = "certificate_reloaded"
    case certificateReloadFailed = "certificate_reload_failed"
    case certificateEndsSoon = "certificate_ends_soon"
    case certificateObtained = "certificate_obtained"
    case certificateRenewed = "certificate_renewed"
    case certificateOrderFailed = "certificate_order_failed"
    case certificateFolderFailed = "certificate_folder_failed"
    case acmeAccountCreated = "acme_account_created"

    // The storage.
    case storageUnhealthy = "storage_unhealthy"
    case storageHealthy = "storage_healthy"
    case healthCheckFailing = "health_check_failing"
    case healthCheckRecovered = "health_check_recovered"
    case storageFull = "storage_full"
    case linkMalformed = "link_malformed"
    case linkHealed = "link_healed"
    case blobRepaired = "blob_repaired"
    case blobDamaged = "blob_damaged"
    case cacheFailed = "cache_failed"
    case cacheRecovered = "cache_recovered"
    case addressRangesFailed = "address_ranges_failed"
    case diskLow = "disk_low"
    case diskReserveReached = "disk_reserve_reached"
    case diskRecovered = "disk_recovered"
    case uploadsPurged = "uploads_purged"
    case uploadsAbandoned = "uploads_abandoned"
    case uploadPurgeFailed = "upload_purge_failed"
    case tagExpired = "tag_expired"
    case retentionFailed = "retention_failed"

    // The ledger.
    case ledgerCatchingUp = "ledger_catching_up"
    case ledgerCurrent = "ledger_current"
    case ledgerDegraded = "ledger_degraded"
    case ledgerDamaged = "ledger_damaged"
    case exportPublished = "export_published"
    case exportFailed = "export_failed"

    // Maintenance.
    case collectionCompleted = "collection_completed"
    case collectionStopped = "collection_stopped"
    case collectionFailed = "collection_failed"
    case trashEmptied = "trash_emptied"
    case trashRestored = "trash_restored"
    case repositoryRemoved = "repository_removed"
    case scrubCompleted = "scrub_completed"
    case scrubFailed = "scrub_failed"
    case blobQuarantined = "blob_quarantined"

    // Requests that an operator should know of one by one.
    case slowRequest = "slow_request"
    case limitReached = "limit_reached"

    // Who may do what.
    case authFileLoaded = "auth_file_loaded"
    case authFileRejected = "auth_file_rejected"
    case authEntryIgnored = "auth_entry_ignored"

    // Events that are posted to others.
    case endpointStuck = "endpoint_stuck"
    case endpointRecovered = "endpoint_recovered"
    case notificationsDropped = "notifications_dropped"
    case notificationsVolatile = "notifications_volatile"
    case deadLettersDropped = "dead_letters_dropped"

    // The log itself.
    case logHeartbeat = "log_heartbeat"
    case logDropped = "log_dropped"
    case logSinkFailed = "log_sink_failed"
    case logSinkRecovered = "log_sink_recovered"
    case auditSpilled = "audit_spilled"
    case auditSpillFailed = "audit_spill_failed"
    case auditSpillDelivered = "audit_spill_delivered"
    case auditSpillStuck = "audit_spill_stuck"

    // Log files.
    case logRotated = "log_rotated"
    case logCompressed = "log_compressed"
    case logRemoved = "log_removed"
    case logRotationFailed = "log_rotation_failed"
    case logReopened = "log_reopened"
    case logRepaired = "log_repaired"

    // Traces.
    case traceExportFailing = "trace_export_failing"
    case traceExportRecovered = "trace_export_recovered"
    case traceExportPartial = "trace_export_partial"
    case traceSpansLost = "trace_spans_lost"
    case traceFileFailing = "trace_file_failing"
    case traceFileRecovered = "trace_file_recovered"

    // What libraries have to say.
    case libraryLog = "library_log"

    /// Whether it belongs into an audit log: somebody has changed how the server behaves, or tried to.
    package var isAudited: Bool {
        switch self {
        case .reloaded, .reloadFailed, .readOnlyEntered, .readOnlyLeft, .logLevelChanged, .controlCommand,
            .controlCommandFailed:
            true
        default: false
        }
    }
}
