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
import RegistryAuth
import RegistryConfiguration
import RegistryHTTP
import RegistryObservability
import RegistryStorage
import RegistrySupervision
import RegistryTelemetry
import ServiceLifecycle
import UnixSignals

/// From the configuration to running services: what is connected to what, and nothing else.
struct Composition {
    private let configuration: RegistryConfiguration
    private let instruments: Instruments
    private let log: LogPipeline
    private let traces: Traces
    private let access: AccessControl
    private let observers: Observers
    private let manager: ServiceManager
    private let addresses: ListenAddresses
    private let readiness: Readiness
    private let libraryMetrics = LibraryMetrics()
    /// Nil without `http.tls`.
    private let encryption: ServerEncryption?
    /// Nil if the use of repositories is not counted.
    private let usage: UsageMetrics?

    init(_ configuration: RegistryConfiguration) throws(StartFailure) {
        self.configuration = configuration
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
        do {
            self.log = try LogPipeline(sinks, instruments: instruments, LogPipeline.Settings(configuration.log))
        } catch {
            throw StartFailure(message: "configuration error: log.fields: \(error)")
        }
        self.usage = configuration.http.debug?.prometheus.usage == true ? UsageMetrics() : nil
        let events = Observers([EventCounter(instruments), AccessLog(log)])
        self.traces = try Traces(configuration.tracing, instruments, instance: log.epoch, observer: events)
        self.observers = Observers(
            [MetricsObserver(instruments, sampler: traces.sampler), events]
                + (configuration.log.slow == .zero
                    ? [] : [SlowRequests(configuration.log.slow, instruments, observer: events)])
                + traces.observers
                + (usage.map { [$0] } ?? [])
        )
        relay.connect(observers)
        self.encryption = try configuration.http.tls.map { [observers] tls throws(StartFailure) in
            try ServerEncryption(tls, observer: observers)
        }
    }

    /// Serves until a signal ends it.
    func run() async throws {
        // A client that goes away must be an error of one call, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        MetricsSystem.bootstrap(LibraryMetricsFactory(libraryMetrics))
        let pool = IOPool(size: configuration.storage.driver.poolSize, instruments: instruments)
        let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        // The side port has a loop of its own: it must answer when the others are saturated.
        let sideLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        log.start()
        for event in configuration.tracing.warnings { observers.note(event) }
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(pool, eventLoops, sideLoop))
        } catch {
            result = .failure(error)
        }
        // The event loops end with the process: the framework closes its listeners in a task that may outlast them, and
        // a loop that is shut down takes it for a grave error to be asked for anything.
        try await pool.shutdown()
        observers.note(ServerEvent(.serverStopped))
        await log.stop()
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
        let context = StoreContext(driver: try driver(pool), instruments: instruments, observer: observers)
        let drain = Drain()
        let limits = Limits(RequestLimits(configuration.limits), context)
        let connections = limits.connections()
        let capacity = CapacityReading(context, .init(configuration.storage))
        let health = HealthMonitor(
            context,
            .init(configuration.health.storageDriver, isReadOnly: configuration.storage.readOnly),
            checks: configuration.health.checks(pool),
            isLow: { capacity.isLow }
        )
        let services = RegistryServices(
            context: context,
            manifests: ManifestStore(
                context,
                cacheEntries: configuration.storage.descriptorCache.entries,
                maximumBytes: limits.maximumManifestBytes,
                rules: ManifestRules(configuration)
            ),
            space: SpaceGuard(context, reserve: .init(configuration.storage.reserve)),
            health: health,
            drain: drain,
            limits: limits,
            access: access.controller
        )
        let probe = WorkProbe(eventLoops: [eventLoops, sideLoop], storage: context.driver)
        let status = ServerStatus(drain: drain, health: health)
        let certificates = encryption.map { CertificateService($0, pool) }
        // Asked to end in the reverse order: each waits for all behind it.
        var running: [any Service] = [
            SupervisionService(manager, readiness, probe, observer: observers) { status.text },
            SignalService(
                manager,
                reload: { [log] in
                    log.perform(.reopen)
                    await certificates?.reload()
                },
                rotate: { [log] in log.perform(.rotate) }
            ),
        ]
        running += traces.services
        running += [health, CapacityMonitor(capacity)]
        if !access.files.isEmpty { running.append(AuthFileService(access.files, observer: observers)) }
        if let purging = UploadPurger.Settings(configuration.storage) { running.append(UploadPurger(context, purging)) }
        var options = RegistryOptions(configuration)
        options.sampler = traces.sampler
        options.encryption = encryption
        if let certificates { running.append(certificates) }
        for address in addresses.registry {
            running.append(
                try listener(address, eventLoops, .serverStarted).registry(options, services, connections)
            )
        }
        if let debug = configuration.http.debug {
            let handler = sideHandler(debug, metricsPages(capacity, connections), health, drain)
            running.append(EventLoopProbe(eventLoops, instruments.eventLoopDelay))
            for address in addresses.side {
                running.append(
                    try listener(address, sideLoop, .sidePortStarted).side(handler, OpenConnections())
                )
            }
        }
        running.append(
            DrainService(drain, connections, timeout: configuration.http.drainTimeout, observer: observers)
        )
        running.append(StoppingService(manager, drainTimeout: configuration.http.drainTimeout))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: running,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger("service-lifecycle")
            )
        )
        try await group.run()
    }

    private func driver(_ pool: IOPool) throws(StartFailure) -> any StorageDriver {
        switch configuration.storage.driver {
        case .inMemory:
            return InstrumentedDriver(InMemoryDriver(), instruments: instruments)
        case .filesystem(let settings):
            do {
                let driver = try FilesystemDriver(root: settings.rootDirectory, pool: pool)
                return InstrumentedDriver(LimitedDriver(driver, limit: settings.maxThreads), instruments: instruments)
            } catch {
                throw StartFailure(
                    message: "storage.filesystem.rootdirectory: \(settings.rootDirectory): \(error.cause)"
                )
            }
        }
    }

    private func sideHandler(
        _ debug: DebugSettings,
        _ metrics: MetricsPages,
        _ health: HealthMonitor,
        _ drain: Drain
    ) -> SideHandler {
        SideHandler(
            health: health,
            drain: drain,
            instruments: instruments,
            metrics: metrics,
            metricsPath: debug.prometheus.enabled ? debug.prometheus.path : nil
        )
    }

    private func metricsPages(_ capacity: CapacityReading, _ connections: OpenConnections) -> MetricsPages {
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
                    encryption.map { Double($0.notAfter.microseconds) / 1_000_000 }
                },
                libraryMetrics,
            ]
        )
        return MetricsPages(exposition, usage: usage)
    }

    private func listener(_ address: Listener.Address, _ loops: MultiThreadedEventLoopGroup, _ event: EventName)
        -> Listener
    {
        Listener(address, eventLoops: loops, logger: logger("http")) { [observers, readiness] bound in
            let text = bound.map(\.text) ?? ""
            observers.note(
                ServerEvent(event, [.init(.address, .text(text)), .init(.version, .text(Version.number))])
            )
            readiness.listens(on: text)
        }
    }

    /// For libraries: only what is wrong is worth a line.
    private func logger(_ label: String) -> Logger {
        Logger(label: label) { JSONLogHandler(label: $0, observer: observers, logLevel: .warning) }
    }
}
