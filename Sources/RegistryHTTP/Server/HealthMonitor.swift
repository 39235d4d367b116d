//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Asks at intervals whether the registry can serve, and remembers what was said.
package final class HealthMonitor: Service {
    private let context: StoreContext
    private let settings: Settings
    private let storage: StorageProbe
    private let checks: [HealthCheck]
    private let isLow: @Sendable () -> Bool
    private let states: Mutex<[String: State]>
    /// Asked by every request, which should not wait for a lock.
    private let isFailing = Atomic(false)

    /// `health.storagedriver`.
    package struct Settings: Sendable {
        package var isEnabled: Bool
        package var interval: Duration
        /// Failures in a row before the storage counts as unhealthy; 0 and 1 are the same.
        package var threshold: Int
        /// How long the storage may take to answer.
        package var timeout = Duration.seconds(5)
        /// Whether the check must not write.
        package var isReadOnly = false

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

    /// - Parameters:
    ///   - checks: what is asked beside the storage.
    ///   - isLow: whether the storage has little room, which is told and is no ill health.
    package init(
        _ context: StoreContext,
        _ settings: Settings,
        checks: [HealthCheck] = [],
        isLow: @escaping @Sendable () -> Bool = { false }
    ) {
        self.isLow = isLow
        self.context = context
        self.settings = settings
        self.storage = StorageProbe(context.driver, timeout: settings.timeout, isReadOnly: settings.isReadOnly)
        self.checks = checks
        self.states = Mutex([:])
    }

    /// Why the registry cannot serve; nil while it can.
    package var failure: HealthCheck.Failure? { isFailing.load(ordering: .relaxed) ? failures.first : nil }

    /// All checks that fail, the storage first and then by name.
    package var failures: [HealthCheck.Failure] {
        let failing = states.withLock { states in
            states.compactMap { name, state in state.failure.map { HealthCheck.Failure(check: name, cause: $0) } }
        }
        return failing.sorted {
            ($0.check == HealthCheck.storage ? 0 : 1, $0.check) < ($1.check == HealthCheck.storage ? 0 : 1, $1.check)
        }
    }

    /// Checks until the server goes down.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                if self.settings.isEnabled {
                    group.addTask { await self.repeating(self.settings.interval) { await self.check() } }
                }
                for check in self.checks {
                    group.addTask { await self.repeating(check.interval) { await self.run(check) } }
                }
                // Without any check, too, it ends with the server and not before.
                group.addTask { try? await Task.sleep(for: .seconds(Int64.max >> 32)) }
            }
        }
    }

    private func repeating(_ interval: Duration, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            try? await Task.sleep(for: interval)
        }
    }

    /// Asks the storage once.
    package func check() async {
        let outcome = await storage.check()
        guard !Task.isCancelled else { return }
        let found = outcome == .ok && isLow() ? .low : outcome.state
        for state in StorageState.allCases { context.instruments.storageState[state].set(state == found ? 1 : 0) }
        record(outcome.failure, of: HealthCheck.storage, threshold: settings.threshold)
    }

    /// Asks one of the others once.
    package func run(_ check: HealthCheck) async {
        let failure = await check.probe()
        // What is broken off says nothing.
        guard !Task.isCancelled else { return }
        record(failure, of: check.name, threshold: check.threshold)
    }

    private func record(_ failure: String?, of check: String, threshold: Int) {
        let change: Bool = states.withLock { states in
            var state = states[check] ?? State()
            let before = state.failure
            state.failuresInRow = failure == nil ? 0 : state.failuresInRow + 1
            state.failure = state.failuresInRow >= max(1, threshold) ? failure : nil
            states[check] = state
            let failing = states.values.count { $0.failure != nil }
            isFailing.store(failing > 0, ordering: .relaxed)
            context.instruments.healthFailing.set(Int64(failing))
            return (before == nil) != (state.failure == nil)
        }
        if failure != nil { context.instruments.healthFailures.add() }
        guard change else { return }
        context.observer.note(Self.event(check, failure))
    }

    private static func event(_ check: String, _ failure: String?) -> ServerEvent {
        let cause = failure.map { [ServerEvent.Field(.cause, .text($0))] } ?? []
        if check == HealthCheck.storage {
            return ServerEvent(failure == nil ? .storageHealthy : .storageUnhealthy, cause)
        }
        return ServerEvent(
            failure == nil ? .healthCheckRecovered : .healthCheckFailing,
            [.init(.check, .text(check))] + cause
        )
    }
}
