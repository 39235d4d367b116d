//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Asks the storage at intervals whether it answers, and remembers what it said.
package final class HealthMonitor: Service {
    private let context: StoreContext
    private let settings: Settings
    private let state = Mutex(State())

    /// `health.storagedriver`.
    package struct Settings: Sendable {
        package var isEnabled: Bool
        package var interval: Duration
        /// Failures in a row before the storage counts as unhealthy; 0 and 1 are the same.
        package var threshold: Int

        package init(isEnabled: Bool, interval: Duration, threshold: Int) {
            self.isEnabled = isEnabled
            self.interval = interval
            self.threshold = threshold
        }
    }

    private struct State {
        var failuresInRow = 0
        var failure: String?
    }

    package init(_ context: StoreContext, _ settings: Settings) {
        self.context = context
        self.settings = settings
    }

    /// Why the registry cannot serve; nil while it can.
    package var failure: String? { state.withLock { $0.failure } }

    /// Checks until the server goes down.
    package func run() async {
        guard settings.isEnabled else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.check()
                try? await Task.sleep(for: self.settings.interval)
            }
        }
    }

    /// Asks once.
    ///
    /// An empty storage has no tree yet, and is healthy.
    package func check() async {
        do {
            _ = try await context.driver.stat(DiskLayout.root)
            record(nil)
        } catch {
            record(error.code == .notFound ? nil : error.description)
        }
    }

    private func record(_ failure: String?) {
        let change: Bool = state.withLock { state in
            let before = state.failure
            state.failuresInRow = failure == nil ? 0 : state.failuresInRow + 1
            state.failure = state.failuresInRow >= max(1, settings.threshold) ? failure : nil
            return (before == nil) != (state.failure == nil)
        }
        guard change else { return }
        context.observer.note(
            failure.map { ServerEvent(.storageUnhealthy, [.init(.cause, .text($0))]) } ?? ServerEvent(.storageHealthy)
        )
    }
}
