//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Every metric that is counted where it happens, made once at the start.
///
/// Their names, labels and what they mean stand in `Instruments+….swift`, by topic, and in docs/metrics.md, which is made
/// from there. What is found out at the time of a scrape is described beside what finds it out.
package final class Instruments: Sendable {
    // MARK: Requests

    package let requests = Labelled(RouteName.self) { _ in
        Labelled(StatusLabel.self) { _ in Labelled(MethodName.self) { _ in Counter() } }
    }
    package let requestDuration = Labelled(RouteName.self) { _ in
        Labelled(MethodName.self) { _ in Histogram(.requestDuration, hasExemplars: true) }
    }
    package let requestSize = Labelled(RouteName.self) { _ in Histogram(.messageSize, hasExemplars: true) }
    package let responseSize = Labelled(RouteName.self) { _ in Histogram(.messageSize, hasExemplars: true) }
    package let inFlight = Labelled(RouteName.self) { _ in Gauge() }
    package let timeToFirstByte = Labelled(RouteName.self) { _ in Histogram(.stage, hasExemplars: true) }
    package let aborted = Labelled(RouteName.self) { _ in Counter() }
    package let brokenOff = Labelled(RouteName.self) { _ in Counter() }
    package let slow = Labelled(RouteName.self) { _ in Counter() }
    package let errors = Labelled(ErrorCode.self) { _ in Counter() }
    package let limitRefusals = Labelled(LimitName.self) { _ in Counter() }
    package let clientRequests = Labelled(ClientFamily.self) { _ in
        Labelled(RequestOutcome.self) { _ in Counter() }
    }
    package let clientBytes = Labelled(ClientFamily.self) { _ in Labelled(BodyDirection.self) { _ in Counter() } }

    // MARK: Encryption

    package let tlsHandshakeFailures = Labelled(HandshakeFailure.self) { _ in Counter() }
    package let certificateOrders = Labelled(CertificateOrderResult.self) { _ in Counter() }
    package let certificateOrdersFailing = Gauge()

    // MARK: Storage

    package let driverName: String
    package let backend = BackendInstruments()
    package let proxy = ProxyInstruments()
    package let reads = ReadCacheInstruments()
    package let storageActions = Labelled(StorageAction.self) { _ in
        Histogram(.clientDefault, hasExemplars: true)
    }
    package let cacheRequests = Counter()
    package let cacheHits = Counter()
    package let cacheMisses = Counter()
    package let cacheErrors = Counter()
    package let streamTime = Labelled(StreamDirection.self) { _ in Histogram(.stage) }
    package let streamBytes = Labelled(StreamDirection.self) { _ in Counter() }
    package let linksMalformed = Counter()
    package let linksHealed = Counter()
    package let blobsRepaired = Counter()
    package let blobsDamaged = Counter()
    package let writesRefused = Counter()
    package let storageState = Labelled(StorageState.self) { _ in Gauge() }
    package let readOnly = Gauge()
    package let healthFailing = Gauge()
    package let healthFailures = Counter()

    // MARK: Blobs, uploads and manifests

    package let blobUploads = Histogram(.blobSize, hasExemplars: true)
    package let blobDownloads = Labelled(RedirectLabel.self) { _ in
        Histogram(.blobSize, hasExemplars: true)
    }
    package let blobRate = Labelled(StreamDirection.self) { _ in Histogram(.rate, hasExemplars: true) }
    package let uploadStages = Labelled(UploadStage.self) { _ in Histogram(.stage, hasExemplars: true) }
    package let uploadsInProgress = Gauge()
    package let uploadsPurged = Counter()
    package let uploadsPurgedBytes = Counter()
    package let uploadsUnfinished = Gauge()
    package let manifestPushes = Labelled(ManifestTypeLabel.self) { _ in Labelled(StoreResult.self) { _ in Counter() } }

    // MARK: The ledger

    package let ledger = LedgerInstruments()
    package let exports = ExportInstruments()

    // MARK: Maintenance

    package let retention = RetentionInstruments()
    package let maintenance = MaintenanceInstruments()

    // MARK: Who may do what

    package let auth = AuthInstruments()

    // MARK: Events that are posted to others

    package let notifications = NotificationInstruments()

    // MARK: Runtime

    package let eventLoopDelay = Histogram(.stage)
    package let poolTasks = Labelled(PoolTaskState.self) { _ in Gauge() }
    package let poolWait = Histogram(.stage)

    // MARK: Events

    package let events = Labelled(EventName.self) { _ in Counter() }
    package let lastReload = Gauge()
    package let watchedFilesRejected = Labelled(WatchedFile.self) { _ in Gauge() }

    // MARK: The log itself

    package let logEntries = Labelled(LogSinkName.self) { _ in Counter() }
    package let logDropped = Labelled(LogSinkName.self) { _ in Labelled(LogDropReason.self) { _ in Counter() } }
    package let logSpillDelivered = Labelled(LogSinkName.self) { _ in Counter() }
    package let logWriteFailures = Labelled(LogSinkName.self) { _ in Counter() }
    package let logQueue = Labelled(LogSinkName.self) { _ in Gauge() }
    package let logQueueBytes = Labelled(LogSinkName.self) { _ in Gauge() }
    package let logPipeline = Gauge()
    package let logFiles = LogFileCounters()

    // MARK: Traces

    package let traces = TraceInstruments()

    // MARK: The metrics themselves

    package let scrapes = Labelled(ScrapeResult.self) { _ in Counter() }

    /// - Parameter driverName: the storage driver in use, as label `driver`.
    package init(driverName: String) { self.driverName = driverName }

    /// All families by topic, in the order of the exposition.
    package var topics: [(title: String, families: [MetricFamily])] {
        [
            ("Requests", requestFamilies),
            ("Encryption", encryptionFamilies),
            ("Storage", storageFamilies),
            ("Blobs, uploads and manifests", contentFamilies),
            ("The ledger", ledger.families),
            ("Events for others", ledger.outbox.families),
            ("Maintenance", retention.families),
            ("Scheduled exports", exports.families),
            ("Garbage collection and checks", maintenance.families),
            ("Authentication and authorization", auth.families),
            ("Event loops and threads", runtimeFamilies),
            ("Events and the log", eventFamilies + logFamilies),
            ("Traces", traces.families),
            ("The metrics themselves", metricsFamilies),
        ]
    }

    /// All families, in the order of the exposition.
    package var families: [MetricFamily] { topics.flatMap(\.families) }
}
