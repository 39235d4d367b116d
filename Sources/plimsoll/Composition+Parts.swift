//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryACME
import RegistryConfiguration
import RegistryEvents
import RegistryHTTP
import RegistryLedger
import RegistryMaintenance
import RegistryObservability
import RegistryReports
import RegistryStorage
import RegistrySupervision
import RegistryTelemetry
import ServiceLifecycle

// What the services are made of.

extension Composition {
    func liveParts(
        _ context: StoreContext,
        _ drain: Drain,
        _ limits: Limits,
        _ connections: OpenConnections,
        _ pool: IOPool,
        _ maintenance: (MaintenanceCenter.Gate) -> MaintenanceCenter
    ) -> LiveParts {
        let storage = configuration.storage
        let readOnly = ReadOnlyMode(storage.readOnly, instruments: instruments, observer: observers)
        let capacity = CapacityReading(context, .init(storage))
        let health = HealthMonitor(
            context,
            .init(configuration.health.storageDriver),
            checks: configuration.health.checks(pool),
            isReadOnly: { readOnly.isOn },
            isLow: { capacity.isLow }
        )
        let services = RegistryServices(
            context: context,
            manifests: ManifestStore(
                context,
                cacheEntries: storage.descriptorCache.entries,
                maximumBytes: limits.maximumManifestBytes,
                rules: ManifestRules(configuration)
            ),
            space: SpaceGuard(context, reserve: .init(storage.reserve)),
            health: health,
            drain: drain,
            readOnly: readOnly,
            limits: limits,
            access: access.controller
        )
        let secret = "\(UInt64.random(in: .min ... .max))\(UInt64.random(in: .min ... .max))"
        var options = RegistryOptions(configuration, fallbackSecret: secret)
        options.encryption = encryption
        return LiveParts(
            registry: LiveRegistry(options, services),
            readOnly: readOnly,
            health: health,
            capacity: capacity,
            drainTimeout: LiveSetting(configuration.http.drainTimeout),
            purging: LiveSetting(.init(storage)),
            retention: LiveSetting(.init(storage)),
            exports: LiveSetting(configuration.reports.schedule.map { ExportSchedule($0) }),
            maintenance: maintenance(.closed(by: readOnly)),
            authFiles: LiveSetting(access.files),
            slowRequests: slowRequests,
            logLevels: LogLevels(configuration.log, log, libraryLevel, observer: observers),
            encryption: encryption,
            acme: LiveSetting(.init(configuration.http)),
            fallbackSecret: secret,
            traces: traces,
            notifications: notifications,
            log: log,
            connections: connections,
            pool: pool
        )
    }

    /// Nil where there is none.
    func ledger(_ driver: any StorageDriver, _ pool: IOPool) -> SQLiteLedger? {
        guard var settings = SQLiteLedger.Settings(configuration) else { return nil }
        settings.usage = ledgerUsage
        settings.router = notifications.router
        settings.history = configuration.notifications.history
        return SQLiteLedger(
            settings,
            driver: driver,
            pool: pool,
            instruments: instruments.ledger,
            observer: observers
        )
    }

    /// What is told of changes, and keeps events of these.
    func journal(_ ledger: SQLiteLedger?, _ driver: any StorageDriver) -> any EventJournal {
        ledger
            ?? VolatileJournal(
                notifications.router,
                history: configuration.notifications.history,
                driver: driver,
                instruments: instruments.ledger.outbox
            )
    }

    /// Events for others.
    func events(_ outbox: any OutboxListing) -> EventsControl {
        let delivery = notifications.delivery(outbox, observer: observers) { [traces] span in
            traces.observer.add(span)
        }
        return EventsControl(outbox: outbox, delivery: delivery)
    }

    /// Nil without a ledger.
    func reports(_ ledger: SQLiteLedger?, _ driver: any StorageDriver) -> ReportDesk? {
        guard let ledger else { return nil }
        // Apart from requests: a report reads and computes for seconds.
        let pool = IOPool(size: 2)
        return ReportDesk(
            reporter: Reporter(
                .ledger(ledger),
                storage: driver,
                root: configuration.storage.driver.folder,
                pool: pool,
                spared: configuration.storage.garbageCollection.olderThan,
                version: Version.number
            ),
            pool: pool
        )
    }

    func signals(_ reloader: Reloader, _ readOnly: ReadOnlyMode) -> SignalService {
        SignalService(
            reload: { [log] in
                log.perform(.reopen)
                await reloader.reload(by: "SIGHUP")
            },
            rotate: { [log] in log.perform(.rotate) },
            toggleReadOnly: { readOnly.toggle(by: "SIGUSR2") }
        )
    }

    /// What gets certificates from an authority, where the configuration says so, now or after a reload.
    func certificates(
        for encryption: ServerEncryption,
        _ parts: LiveParts,
        _ transport: ACMETransport,
        _ pool: IOPool
    ) -> any Service {
        FollowingService(parts.acme) { [instruments, observers, listening] settings in
            settings.map { settings in
                ACMEService(settings, encryption, transport, pool, instruments, observer: observers) {
                    await listening.wait()
                }
            }
        }
    }

    func controlListener(
        _ file: UnixSocketFile,
        _ control: ServerControl,
        _ loop: MultiThreadedEventLoopGroup
    ) -> any Service {
        let handler = ControlHandler(control.commands, version: Version.number, observer: observers)
        return Listener(.inherited(file.descriptor), eventLoops: loop, logger: logger("control")) { [observers] _ in
            observers.note(ServerEvent(.controlStarted, [.init(.path, .text(file.path))]))
        }.control(handler)
    }

    func metricsPages(
        _ capacity: CapacityReading,
        _ connections: OpenConnections,
        _ watch: CapacityWatch?
    ) -> MetricsPages {
        let stored = CapacityCollector { watch?.latest }
        let exposition = Exposition(
            instruments: instruments,
            target: TargetInfo(version: Version.number, instance: log.epoch),
            buildInfo: BuildInfo(version: Version.number, revision: "", swiftVersion: Version.swift),
            collectors: [
                GaugeCollector(ServerGauges.capacity) { capacity.latest.map { Double($0.total) } },
                GaugeCollector(ServerGauges.free) { capacity.latest.map { Double($0.free) } },
                GaugeCollector(ServerGauges.inodes) { capacity.latest?.inodes.map { Double($0.total) } },
                GaugeCollector(ServerGauges.freeInodes) { capacity.latest?.inodes.map { Double($0.free) } },
                GaugeCollector(ServerGauges.connections) { Double(connections.count) },
                GaugeCollector(ServerGauges.certificateEnd) { [encryption] in
                    (encryption?.notAfter).map { Double($0.microseconds) / 1_000_000 }
                },
                GaugeCollector(ServerGauges.certificateBeginning) { [encryption] in
                    (encryption?.notBefore).map { Double($0.microseconds) / 1_000_000 }
                },
                stored,
                NotificationCollector(instruments.notifications),
                ExportCollector(instruments.exports),
                libraryMetrics,
            ]
        )
        return MetricsPages(exposition, usage: usage, capacity: stored)
    }
}
