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
import RegistryConfiguration
import RegistryHTTP
import RegistryObservability
import RegistryStorage
import RegistryTelemetry
import ServiceLifecycle
import UnixSignals

/// From the configuration to running services: what is connected to what, and nothing else.
struct Composition {
    private let configuration: RegistryConfiguration
    private let instruments: Instruments
    private let log: LogPipeline
    private let traces: Traces
    private let observers: Observers
    private let libraryMetrics = LibraryMetrics()
    /// Nil if the use of repositories is not counted.
    private let usage: UsageMetrics?

    init(_ configuration: RegistryConfiguration) throws(StartFailure) {
        self.configuration = configuration
        self.instruments = Instruments(driverName: configuration.storage.driver.name)
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
        self.traces = try Traces(configuration.tracing, instruments, observer: events)
        self.observers = Observers(
            [MetricsObserver(instruments, sampler: traces.sampler), events] + traces.observers
                + (usage.map { [$0] } ?? [])
        )
        relay.connect(observers)
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
        let connections = OpenConnections()
        let health = HealthMonitor(context, .init(configuration.health.storageDriver))
        let services = RegistryServices(
            context: context,
            manifests: ManifestStore(context, cacheEntries: configuration.storage.descriptorCache.entries),
            space: SpaceGuard(context, reserve: .init(configuration.storage.reserve)),
            health: health,
            drain: drain
        )
        var options = RegistryOptions(configuration)
        options.sampler = traces.sampler
        let main = try listener(configuration.http, eventLoops, .serverStarted)
            .registry(options, services, connections)
        // The first is the last to be ended.
        var running: [any Service] = traces.services + [health, main]
        if let debug = configuration.http.debug {
            let capacity = CapacityReading(context.driver)
            let pages = metricsPages(capacity, connections)
            running += [CapacityMonitor(capacity), EventLoopProbe(eventLoops, instruments.eventLoopDelay)]
            running.append(try sideService(debug, pages, health, drain, sideLoop))
        }
        running.append(
            DrainService(drain, connections, timeout: configuration.http.drainTimeout, observer: observers)
        )
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

    private func sideService(
        _ debug: DebugSettings,
        _ metrics: MetricsPages,
        _ health: HealthMonitor,
        _ drain: Drain,
        _ loop: MultiThreadedEventLoopGroup
    ) throws -> any Service {
        let handler = SideHandler(
            health: health,
            drain: drain,
            instruments: instruments,
            metrics: metrics,
            metricsPath: debug.prometheus.enabled ? debug.prometheus.path : nil
        )
        return try listener(.tcp(debug.address), loop, .sidePortStarted).side(handler, OpenConnections())
    }

    private func metricsPages(_ capacity: CapacityReading, _ connections: OpenConnections) -> MetricsPages {
        let exposition = Exposition(
            instruments: instruments,
            target: TargetInfo(version: Version.number, instance: RequestIDGenerator().next().description),
            buildInfo: BuildInfo(version: Version.number, revision: "", swiftVersion: Version.swift),
            collectors: [
                GaugeCollector(ServerGauges.capacity) { capacity.latest.map { Double($0.total) } },
                GaugeCollector(ServerGauges.free) { capacity.latest.map { Double($0.free) } },
                GaugeCollector(ServerGauges.connections) { Double(connections.count) },
                libraryMetrics,
            ]
        )
        return MetricsPages(exposition, usage: usage)
    }

    private func listener(_ http: HTTPSettings, _ loops: MultiThreadedEventLoopGroup, _ event: EventName) -> Listener {
        listener(http.unixSocketPath.map { .unix(path: $0) } ?? .tcp(http.address), loops, event)
    }

    private func listener(_ address: Listener.Address, _ loops: MultiThreadedEventLoopGroup, _ event: EventName)
        -> Listener
    {
        Listener(address, eventLoops: loops, logger: logger("http")) { [observers] bound in
            let text = bound.map(\.text) ?? ""
            observers.note(
                ServerEvent(event, [.init(.address, .text(text)), .init(.version, .text(Version.number))])
            )
        }
    }

    /// For libraries: only what is wrong is worth a line.
    private func logger(_ label: String) -> Logger {
        Logger(label: label) { JSONLogHandler(label: $0, observer: observers, logLevel: .warning) }
    }
}
