//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventName {
    /// What is known of the event before it happens.
    package var facts: EventFacts {
        // Present by construction: the table holds every case.
        Self.catalogue[self] ?? listed
    }

    private static let catalogue = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.listed) })

    // One case after the other, so that the compiler sees to it that none is missing.
    private var listed: EventFacts {
        switch self {
        // The server.
        case .serverStarted: .serverStarted
        case .sidePortStarted: .sidePortStarted
        case .serverStopping: .serverStopping
        case .drainExpired: .drainExpired
        case .serverStopped: .serverStopped
        case .acceptFailed: .acceptFailed
        case .variableIgnored: .variableIgnored
        case .reloaded: .reloaded
        case .reloadFailed: .reloadFailed
        case .readOnlyEntered: .readOnlyEntered
        case .readOnlyLeft: .readOnlyLeft
        case .logLevelChanged: .logLevelChanged
        case .controlStarted: .controlStarted
        case .controlUnavailable: .controlUnavailable
        case .controlCommand: .controlCommand
        case .controlCommandFailed: .controlCommandFailed
        case .watchdogStalled: .watchdogStalled

        // Encryption.
        case .certificateReloaded: .certificateReloaded
        case .certificateReloadFailed: .certificateReloadFailed
        case .certificateEndsSoon: .certificateEndsSoon
        case .certificateObtained: .certificateObtained
        case .certificateRenewed: .certificateRenewed
        case .certificateOrderFailed: .certificateOrderFailed
        case .certificateFolderFailed: .certificateFolderFailed
        case .acmeAccountCreated: .acmeAccountCreated

        // The storage.
        case .storageUnhealthy: .storageUnhealthy
        case .storageHealthy: .storageHealthy
        case .healthCheckFailing: .healthCheckFailing
        case .healthCheckRecovered: .healthCheckRecovered
        case .storageFull: .storageFull
        case .linkMalformed: .linkMalformed
        case .linkHealed: .linkHealed
        case .blobRepaired: .blobRepaired
        case .blobDamaged: .blobDamaged
        case .cacheFailed: .cacheFailed
        case .cacheRecovered: .cacheRecovered
        case .addressRangesFailed: .addressRangesFailed
        case .diskLow: .diskLow
        case .diskReserveReached: .diskReserveReached
        case .diskRecovered: .diskRecovered
        case .uploadsPurged: .uploadsPurged
        case .uploadsAbandoned: .uploadsAbandoned
        case .uploadPurgeFailed: .uploadPurgeFailed
        case .tagExpired: .tagExpired
        case .retentionFailed: .retentionFailed

        // The ledger.
        case .ledgerCatchingUp: .ledgerCatchingUp
        case .ledgerCurrent: .ledgerCurrent
        case .ledgerDegraded: .ledgerDegraded
        case .ledgerDamaged: .ledgerDamaged
        case .exportPublished: .exportPublished
        case .exportFailed: .exportFailed

        // Maintenance.
        case .collectionCompleted: .collectionCompleted
        case .collectionStopped: .collectionStopped
        case .collectionFailed: .collectionFailed
        case .trashEmptied: .trashEmptied
        case .trashRestored: .trashRestored
        case .repositoryRemoved: .repositoryRemoved
        case .scrubCompleted: .scrubCompleted
        case .scrubFailed: .scrubFailed
        case .blobQuarantined: .blobQuarantined

        // Who may do what.
        case .authFileLoaded: .authFileLoaded
        case .authFileRejected: .authFileRejected
        case .authEntryIgnored: .authEntryIgnored

        // Requests.
        case .limitReached: .limitReached
        case .slowRequest: .slowRequest

        // Notifications.
        case .endpointStuck: .endpointStuck
        case .endpointRecovered: .endpointRecovered
        case .notificationsDropped: .notificationsDropped
        case .notificationsVolatile: .notificationsVolatile
        case .deadLettersDropped: .deadLettersDropped

        // The log itself.
        case .logHeartbeat: .logHeartbeat
        case .logDropped: .logDropped
        case .logSinkFailed: .logSinkFailed
        case .logSinkRecovered: .logSinkRecovered
        case .auditSpilled: .auditSpilled
        case .auditSpillFailed: .auditSpillFailed
        case .auditSpillDelivered: .auditSpillDelivered
        case .auditSpillStuck: .auditSpillStuck

        // Log files.
        case .logRotated: .logRotated
        case .logCompressed: .logCompressed
        case .logRemoved: .logRemoved
        case .logRotationFailed: .logRotationFailed
        case .logReopened: .logReopened
        case .logRepaired: .logRepaired

        // Traces.
        case .traceExportFailing: .traceExportFailing
        case .traceExportRecovered: .traceExportRecovered
        case .traceExportPartial: .traceExportPartial
        case .traceSpansLost: .traceSpansLost
        case .traceFileFailing: .traceFileFailing
        case .traceFileRecovered: .traceFileRecovered

        // Libraries.
        case .libraryLog: .libraryLog
        }
    }
}
