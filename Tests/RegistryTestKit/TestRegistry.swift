//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import NIOCore
import NIOPosix
package import RegistryAuth
package import RegistryHTTP
package import RegistryStorage
package import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// A registry in the test's own process, on a free port of the loopback address.
package struct TestRegistry: Sendable {
    package let port: Int
    package let sidePort: Int
    package let observer: RecordingObserver
    package let instruments: Instruments
    package let context: StoreContext
    /// Those of the main port.
    package let connections: OpenConnections
    package let health: HealthMonitor
    package let readOnly: ReadOnlyMode
    /// Serves by other options from now on.
    package let replace: @Sendable (RegistryOptions) -> Void
    /// Asks the server to go down, as SIGTERM does; it has gone when the body of `with` is over.
    package let shutDown: @Sendable () async -> Void

    /// What a test may want otherwise.
    package struct Setup: Sendable {
        package var options = RegistryOptions()
        package var isReadOnly = false
        package var limits = RequestLimits()
        package var rules = ManifestRules()
        /// Decides who may do what; nil lets everybody do everything.
        package var access: AccessController?
        package var reserve = SpaceGuard.Reserve.bytes(0)
        package var drainTimeout = Duration.seconds(30)
        /// A listening descriptor to serve on, which the server closes; nil for a free port.
        package var inheritedSocket: Int32?
        package var health = HealthMonitor.Settings(isEnabled: false, interval: .seconds(10), threshold: 1)

        /// What the side port has at `/metrics`.
        package var metrics: (any MetricsSource)?
        /// What the side port has at `/reports`.
        package var reports: (any ReportsSource)?
        package var sideTimeouts = ConnectionTimeouts.scrapes

        package init() {
            options.allowsDelete = true
            options.secret = "a secret for tests"
        }
    }

    /// Serves while the body runs.
    /// - Parameters:
    ///   - driver: where content goes; wrapped in the instrumented driver.
    ///   - configure: changes the setup.
    package static func with<Output: Sendable>(
        driver: any StorageDriver = InMemoryDriver(),
        _ configure: (inout Setup) -> Void = { _ in },
        _ body: @escaping @Sendable (TestRegistry) async throws -> Output
    ) async throws -> Output {
        var setup = Setup()
        configure(&setup)
        let observer = RecordingObserver()
        let instruments = Instruments(driverName: driver.name)
        let context = StoreContext(
            driver: InstrumentedDriver(driver, instruments: instruments),
            instruments: instruments,
            observer: Observers([MetricsObserver(instruments), observer])
        )
        let readOnly = ReadOnlyMode(setup.isReadOnly, instruments: instruments, observer: context.observer)
        let health = HealthMonitor(context, setup.health, isReadOnly: { readOnly.isOn })
        let drain = Drain()
        let limits = Limits(setup.limits, context)
        let services = RegistryServices(
            context: context,
            manifests: ManifestStore(
                context,
                cacheEntries: 1000,
                maximumBytes: limits.maximumManifestBytes,
                rules: setup.rules
            ),
            space: SpaceGuard(context, reserve: setup.reserve),
            health: health,
            drain: drain,
            readOnly: readOnly,
            limits: limits,
            access: setup.access
        )
        let live = LiveRegistry(setup.options, services)
        let connections = limits.connections()
        let (ports, announce) = AsyncStream.makeStream(of: (isMain: Bool, port: Int).self)
        let loops = MultiThreadedEventLoopGroup.singleton
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        func listener(isMain: Bool) -> Listener {
            let free = Listener.Address.tcp(host: "127.0.0.1", port: 0)
            let inherited = isMain ? setup.inheritedSocket.map { Listener.Address.inherited($0) } : nil
            return Listener(inherited ?? free, eventLoops: loops, logger: logger) {
                announce.yield((isMain, $0?.port ?? 0))
            }
        }
        let side = SideHandler(
            health: health,
            drain: drain,
            readOnly: readOnly,
            instruments: instruments,
            metrics: setup.metrics ?? NoMetrics(),
            metricsPath: setup.metrics.map { _ in "/metrics" },
            reports: setup.reports
        )
        let group = ServiceGroup(
            services: [
                health,
                listener(isMain: true).registry(live, connections),
                listener(isMain: false).side(side, OpenConnections(), timeouts: setup.sideTimeouts),
                DrainService(
                    drain,
                    connections,
                    timeout: { [setup] in setup.drainTimeout },
                    observer: context.observer
                ),
            ],
            logger: logger
        )
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                // A registry that does not start has nobody wait for its ports.
                defer { announce.finish() }
                try await group.run()
            }
            var (main, other) = (0, 0)
            for await (isMain, port) in ports {
                if isMain { main = port } else { other = port }
                if main != 0, other != 0 { break }
            }
            guard main != 0, other != 0 else {
                try await tasks.waitForAll()
                throw TestRegistryEnded()
            }
            let registry = TestRegistry(
                port: main,
                sidePort: other,
                observer: observer,
                instruments: instruments,
                context: context,
                connections: connections,
                health: health,
                readOnly: readOnly,
                replace: { live.replace($0, services) },
                shutDown: { await group.triggerGracefulShutdown() }
            )
            let result: Result<Output, any Error>
            do { result = .success(try await body(registry)) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }
}

/// A registry that ended without an error before it listened.
private struct TestRegistryEnded: Error {}

private struct NoMetrics: MetricsSource {
    let pages: [String] = []

    func page(_ request: MetricsRequest) -> MetricsPage? { nil }
}
