//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CoreMetrics
import Glibc
import Logging
import NIOCore
import NIOPosix
import RegistryACME
import RegistryAuth
import RegistryConfiguration
import RegistryEvents
import RegistryHTTP
import RegistryLedger
import RegistryMaintenance
import RegistryObjectStorage
import RegistryObservability
import RegistryReports
import RegistryStorage
import RegistrySupervision
import RegistryTelemetry
import ServiceLifecycle
import UnixSignals

/// From the configuration to running services: what is connected to what, and nothing else.
struct Composition {
    let reading: Reloader.Reading
    let path: String?
    var configuration: RegistryConfiguration { reading.configuration }
    let instruments: Instruments
    let log: LogPipeline
    let traces: Traces
    let access: AccessControl
    let observers: Observers
    let manager: ServiceManager
    let addresses: ListenAddresses
    let readiness: Readiness
    let places = ServingPlaces()
    let listening = ListeningSignal()
    let control: ControlSocket
    let slowRequests: SlowRequests
    let libraryLevel = LibraryLogLevel(.warning)
    let hasLogFile: Bool
    let libraryMetrics = LibraryMetrics()
    /// Nil without `http.tls`.
    let encryption: ServerEncryption?
    /// Nil if the use of repositories is not counted.
    let usage: UsageMetrics?
    /// Nil without a ledger.
    let ledgerUsage: UsageCounter?
    let notifications: Notifications

    /// - Parameters:
    ///   - reading: the configuration.
    ///   - path: its file, as it was given; nil where a variable tells.
    init(_ reading: Reloader.Reading, path: String?) throws(StartFailure) {
        self.reading = reading
        self.path = path
        let configuration = reading.configuration
        let environment = ConfigurationFile.environment()
        self.manager = ServiceManager(environment: environment, process: getpid())
        self.addresses = try ListenAddresses(configuration.http, environment: environment, process: getpid())
        self.readiness = Readiness(count: addresses.registry.count + addresses.side.count)
        self.instruments = Instruments(driverName: configuration.storage.driver.name)
        self.access = try AccessControl(configuration.auth, instruments.auth)
        let relay = LogFileRelay()
        let sinks = try configuration.log.sinkPlans(
            journalStream: getenv("JOURNAL_STREAM").map { String(cString: $0) },
            counters: instruments.logFiles,
            observer: relay
        )
        self.hasLogFile = configuration.log.sinks.file != nil
        let logging = LogPipeline.Settings(configuration.log, environment: environment)
        do {
            self.log = try LogPipeline(sinks, instruments: instruments, logging)
        } catch {
            throw StartFailure(message: "configuration error: log.fields: \(error)")
        }
        self.usage = configuration.http.debug?.prometheus.usage == true ? UsageMetrics() : nil
        let events = Observers([EventCounter(instruments), AccessLog(log)])
        self.traces = Traces(instruments, instance: log.epoch, events: events)
        traces.use(try traces.prepare(configuration.tracing))
        self.slowRequests = SlowRequests(configuration.log.slow, instruments, observer: events)
        self.ledgerUsage = SQLiteLedger.Settings(configuration).map { _ in UsageCounter() }
        self.notifications = try Notifications(configuration, instruments.notifications)
        self.observers = Observers(
            [MetricsObserver(instruments), events, slowRequests, traces.observer]
                + (usage.map { [$0] } ?? [])
                + (ledgerUsage.map { [$0] } ?? [])
        )
        relay.connect(observers)
        let rejected = instruments.watchedFilesRejected[.certificate]
        self.encryption = try configuration.http.tls.map { [observers, configuration] tls throws(StartFailure) in
            try ServerEncryption(tls, of: configuration.http, observer: observers, rejected: rejected)
        }
        // Last, since a start that fails must not leave its file.
        self.control = try ControlSocket(
            configuration.http,
            isConfigured: reading.effective.origin(of: "http.control.socket") != nil,
            environment: environment
        )
    }

    /// Serves until a signal ends it.
    func run() async throws {
        // A client that goes away must be an error of one call, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        MetricsSystem.bootstrap(LibraryMetricsFactory(libraryMetrics))
        let pool = IOPool(size: configuration.storage.driver.poolSize, instruments: instruments)
        let eventLoops = ServingLoops.start(System.coreCount)
        // The side port has a loop of its own: it must answer when the others are saturated.
        let sideLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        log.start()
        if let trouble = control.trouble {
            observers.note(
                ServerEvent(
                    .controlUnavailable,
                    [.init(.path, .text(trouble.path)), .init(.cause, .text(trouble.cause))]
                )
            )
        }
        for event in configuration.tracing.warnings { observers.note(event) }
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(pool, eventLoops, sideLoop))
        } catch {
            result = .failure(error)
        }
        // The event loops end with the process: the framework closes its listeners in a task that may outlast them, and
        // a loop that is shut down takes it for a grave error to be asked for anything.
        control.file?.remove()
        try await pool.shutdown()
        observers.note(ServerEvent(.serverStopped))
        // The log itself has ended.
        for remainder in await log.stop() { StandardError.write("plimsoll: \(remainder)\n") }
        do {
            try result.get()
        } catch let error as StartFailure {
            throw error
        } catch {
            throw StartFailure(message: "plimsoll: \(error)")
        }
    }

    private func serve(
        _ pool: IOPool,
        _ eventLoops: MultiThreadedEventLoopGroup,
        _ sideLoop: MultiThreadedEventLoopGroup
    ) async throws {
        let (driver, objects) = try await self.driver(pool, eventLoops)
        let redirects = try await Redirects(configuration, pool, observer: observers) {
            BackendHTTP(.init(), on: eventLoops)
        }
        // Held until the end, so that nobody collects garbage as if there were no server.
        let lock = try storageLock()
        defer { withExtendedLifetime(lock) {} }
        let ledger = ledger(driver.quiet, pool)
        let journal = journal(ledger, driver.quiet)
        // Before the first change.
        await journal.start()
        let reports = reports(ledger, driver.quiet)
        let context = StoreContext(
            driver: driver.measured,
            instruments: instruments,
            observer: observers,
            journal: journal,
            index: ledger,
            events: journal.outbox,
            redirects: redirects.middleware
        )
        let drain = Drain()
        let limits = Limits(RequestLimits(configuration.limits), context)
        let connections = limits.connections()
        let parts = liveParts(context, drain, limits, connections, pool) { gate in
            MaintenanceCenter(context, driver: driver.quiet, ledger: ledger, .init(configuration.storage), gate: gate)
        }
        let reloader = Reloader(reading, path: path, parts, instruments, manager, observer: observers)
        if parts.readOnly.isOn { parts.readOnly.tell(by: "configuration") }
        let probe = WorkProbe(eventLoops: [eventLoops, sideLoop], storage: context.driver)
        let status = ServerStatus(drain: drain, health: parts.health, readOnly: parts.readOnly)
        // Asked to end in the reverse order: each waits for all behind it.
        var running: [any Service] = [
            SupervisionService(manager, readiness, probe, observer: observers) { status.text },
            signals(reloader, parts.readOnly),
            parts.logLevels,
            traces.service,
        ]
        running += redirects.services
        let events = events(journal.outbox)
        running += [journal.service, events.delivery]
        running += [parts.health, CapacityMonitor(parts.capacity)]
        running += [
            FollowingService(parts.authFiles) { [observers, instruments] files in
                files.isEmpty
                    ? nil
                    : AuthFileService(files, observer: observers, rejected: instruments.watchedFilesRejected[.auth])
            },
            FollowingService(parts.purging) { settings in
                settings.map { UploadPurger(context, $0, readOnly: parts.readOnly) }
            },
            parts.maintenance,
        ]
        if let ledger {
            running.append(
                FollowingService(parts.retention) { settings in parts.retention(settings, ledger) }
            )
        }
        if let exports = exports(ledger, reports?.reporter, parts, context, pool) { running.append(exports) }
        var transport: ACMETransport?
        if let encryption {
            let client = ACMETransport(
                authorities: getenv("SSL_CERT_FILE").map { String(cString: $0) },
                userAgent: "plimsoll/\(Version.number)",
                on: sideLoop
            )
            transport = client
            running.append(CertificateService(encryption, pool))
            running.append(certificates(for: encryption, parts, client, pool))
        }
        if let file = control.file {
            let control = ServerControl(
                reloader: reloader,
                parts: parts,
                drain: drain,
                connections: connections,
                log: log,
                places: places,
                hasLogFile: hasLogFile,
                ledger: ledger,
                reports: reports,
                events: events,
                maintenance: parts.maintenance
            )
            running.append(controlListener(file, control, sideLoop))
        }
        for address in addresses.registry {
            running.append(listener(address, eventLoops, .serverStarted).registry(parts.registry, connections))
        }
        if let debug = configuration.http.debug {
            let watch = reports.map { CapacityWatch($0.reporter) }
            let handler = sideHandler(
                debug,
                metricsPages(parts.capacity, connections, watch),
                parts,
                drain,
                ledger,
                reports
            )
            if let watch { running.append(watch) }
            running.append(EventLoopProbe(eventLoops, instruments.eventLoopDelay))
            for address in addresses.side {
                running.append(listener(address, sideLoop, .sidePortStarted).side(handler, OpenConnections()))
            }
        }
        let drainTimeout: @Sendable () -> Duration = { parts.drainTimeout.value }
        running.append(DrainService(drain, connections, timeout: drainTimeout, observer: observers))
        running.append(StoppingService(manager, drainTimeout: drainTimeout))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: running,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger("service-lifecycle")
            )
        )
        let result: Result<Void, any Error>
        do { result = .success(try await group.run()) } catch { result = .failure(error) }
        await transport?.shutDown()
        await journal.close()
        await objects?.shutDown()
        try await reloader.shutdown()
        try result.get()
    }

    /// A driver with what it does measured, and without.
    /// - Returns: also what must be told of the end.
    private func driver(
        _ pool: IOPool,
        _ eventLoops: MultiThreadedEventLoopGroup
    ) async throws(StartFailure) -> ((measured: any StorageDriver, quiet: any StorageDriver), ObjectStorageDriver?) {
        let redirects = !configuration.storage.redirectDisabled
        let around = ObjectStorageSurroundings(pool: pool, loops: eventLoops, instruments: instruments.backend)
        switch configuration.storage.driver {
        case .inMemory:
            let driver = InMemoryDriver()
            return ((InstrumentedDriver(driver, instruments: instruments), driver), nil)
        case .s3(let settings):
            let driver = try ObjectStorageDriver.s3(settings, redirects: redirects, around)
            return (await cached(driver, pool), driver)
        case .azure(let settings):
            let driver = try ObjectStorageDriver.azure(settings, redirects: redirects, around)
            return (await cached(driver, pool), driver)
        case .gcs(let settings):
            let driver = try ObjectStorageDriver.gcs(settings, redirects: redirects, around)
            let limited = LimitedDriver(driver, limit: settings.maxConcurrency)
            return (await cached(limited, pool), driver)
        case .swift(let settings):
            let driver = try ObjectStorageDriver.swift(settings, redirects: redirects, around)
            return (await cached(driver, pool), driver)
        case .oss(let settings):
            let driver = ObjectStorageDriver.oss(settings, redirects: redirects, around)
            return (await cached(driver, pool), driver)
        case .filesystem(let settings):
            do {
                let driver = try FilesystemDriver(root: settings.rootDirectory, pool: pool)
                let limited = LimitedDriver(driver, limit: settings.maxThreads)
                return ((InstrumentedDriver(limited, instruments: instruments), limited), nil)
            } catch {
                throw StartFailure(
                    message: "storage.filesystem.rootdirectory: \(settings.rootDirectory): \(error.cause)"
                )
            }
        }
    }

    /// The drivers of an object store, with what is kept at hand of it in front.
    ///
    /// Who works without a request sees the store itself, but tells of what it changes.
    private func cached(
        _ driver: any StorageDriver,
        _ pool: IOPool
    ) async -> (measured: any StorageDriver, quiet: any StorageDriver) {
        let settings = configuration.storage.readCache
        var content: ContentCache?
        if let local = settings.local {
            let cache = ContentCache(
                .init(path: local.path, bytes: local.size),
                pool: pool,
                instruments: instruments.reads,
                observer: observers
            )
            await cache.start()
            content = cache
        }
        let cache = ReadCache(
            LinkFreshness(tags: settings.tagTime, digests: settings.digestTime),
            content: content,
            instruments: instruments.reads
        )
        let measured = InstrumentedDriver(driver, instruments: instruments)
        return (CachedDriver(measured, cache), CachedDriver(driver, cache, answers: false))
    }

    /// Nil for content that is in no folder of this machine.
    private func storageLock() throws(StartFailure) -> StorageLock? {
        guard case .filesystem(let settings) = configuration.storage.driver else { return nil }
        do {
            return try StorageLock(root: settings.rootDirectory, .shared)
        } catch {
            guard error.code == .busy else { return nil }
            throw StartFailure(
                message: "plimsoll: \(settings.rootDirectory): plimsoll garbage-collect or scrub has it; end that first"
            )
        }
    }

    private func sideHandler(
        _ debug: DebugSettings,
        _ metrics: MetricsPages,
        _ parts: LiveParts,
        _ drain: Drain,
        _ ledger: SQLiteLedger?,
        _ reports: ReportDesk?
    ) -> SideHandler {
        SideHandler(
            health: parts.health,
            drain: drain,
            readOnly: parts.readOnly,
            instruments: instruments,
            ledger: { (ledger?.standing.state.rawValue ?? "off", ledger?.standing.cause?.description) },
            metrics: metrics,
            metricsPath: debug.prometheus.enabled ? debug.prometheus.path : nil,
            reports: reports
        )
    }

    private func listener(_ address: Listener.Address, _ loops: MultiThreadedEventLoopGroup, _ event: EventName)
        -> Listener
    {
        Listener(address, eventLoops: loops, logger: logger("http")) {
            [observers, readiness, places, listening] bound in
            let text = bound.map(\.text) ?? ""
            observers.note(
                ServerEvent(event, [.init(.address, .text(text)), .init(.version, .text(Version.number))])
            )
            places.add(text)
            readiness.listens(on: text)
            if event == .serverStarted { listening.open() }
        }
    }

    /// For libraries: only what is wrong is worth a line, as long as nobody looks for a fault.
    func logger(_ label: String) -> Logger {
        Logger(label: label) { JSONLogHandler(label: $0, observer: observers, level: libraryLevel) }
    }
}
