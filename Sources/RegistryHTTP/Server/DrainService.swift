//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import ServiceLifecycle

/// Ends serving in good order: placed last among the services, so that it is asked to go first and the others wait.
package struct DrainService: Service {
    private let drain: Drain
    private let connections: OpenConnections
    private let timeout: @Sendable () -> Duration
    private let observer: any Observer

    /// - Parameter timeout: `http.draintimeout`, asked when the drain begins.
    package init(
        _ drain: Drain,
        _ connections: OpenConnections,
        timeout: @escaping @Sendable () -> Duration,
        observer: any Observer
    ) {
        self.drain = drain
        self.connections = connections
        self.timeout = timeout
        self.observer = observer
    }

    package func run() async throws {
        try await gracefulShutdown()
        observer.note(ServerEvent(.serverStopping))
        drain.begin()
        let finished = await finishes(within: timeout())
        guard !finished else { return }
        // Cut off, uploads keep what they have and their clients can go on after the restart.
        let cut = connections.closeAll()
        observer.note(ServerEvent(.drainExpired, [.init(.connections, .number(Int64(cut)))]))
        await drain.idle()
    }

    /// Whether all requests finish in time.
    private func finishes(within timeout: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await drain.idle()
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }
}
