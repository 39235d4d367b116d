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
    private let plan: LiveSetting<Plan>
    private let storage: StorageProbe
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
        /// How long the storage may take to answer; stays as it was at the start.
        package var timeout = Duration.seconds(5)

        package init(isEnabled: Bool, interval: Duration, threshold: Int) {
            self.isEnabled = isEnabled
            self.interval = interval
            self.threshold = threshold
        }
    }

    /// What is asked.
    private struct Plan {
        var settings: Settings
        var checks: [HealthCheck]
        /// The names of those that were asked before.
        var retired: Set<String> = []

        var names: Set<String> { Set(checks.map(\.name) + (settings.isEnabled ? [HealthCheck.storage] : [])) }
    }

    private struct State {
        var failuresInRow = 0
        var failure: String?
    }

    /// - Parameters:
    ///   - checks: what is asked beside the storage.
    ///   - isReadOnly: whether the check of the storage must not write.
    ///   - isLow: whether the storage has little room, which is told and is no ill health.
    package init(
        _ context: StoreContext,
        _ settings: Settings,
        checks: [HealthCheck] = [],
        isReadOnly: @escaping @Sendable () -> Bool = { false },
        isLow: @escaping @Sendable () -> Bool = { false }
    ) {
        self.isLow = isLow
        self.context = context
        self.plan = LiveSetting(Plan(settings: settings, checks: checks))
        self.storage = StorageProbe(context.driver, timeout: settings.timeout, isReadOnly: isReadOnly)
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
            await self.plan.follow { plan in
                // None of them is under way any more.
                self.forget(plan.retired)
                await withDiscardingTaskGroup { group in
                    if plan.settings.isEnabled {
                        group.addTask { await self.repeating(plan.settings.interval) { await self.check() } }
                    }
                    for check in plan.checks {
                        group.addTask { await self.repeating(check.interval) { await self.run(check) } }
                    }
                }
            }
        }
    }

    /// Asks something else from now on; what is not asked any more fails no more.
    package func replace(_ settings: Settings, checks: [HealthCheck]) {
        let old = plan.value
        var new = Plan(settings: settings, checks: checks)
        new.retired = old.names.union(old.retired).subtracting(new.names)
        plan.set(new)
        forget(new.retired)
    }

    private func forget(_ names: Set<String>) {
        states.withLock { states in
            states = states.filter { !names.contains($0.key) }
            show(states)
        }
        if names.contains(HealthCheck.storage) { show(nil) }
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
        show(found)
        record(outcome.failure, of: HealthCheck.storage, threshold: plan.value.settings.threshold)
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
            show(states)
            return (before == nil) != (state.failure == nil)
        }
        if failure != nil { context.instruments.healthFailures.add() }
        guard change else { return }
        context.observer.note(Self.event(check, failure))
    }

    private func show(_ states: [String: State]) {
        let failing = states.values.count { $0.failure != nil }
        isFailing.store(failing > 0, ordering: .relaxed)
        context.instruments.healthFailing.set(Int64(failing))
    }

    /// Shows what the storage was found to be; nil if nobody asks.
    private func show(_ found: StorageState?) {
        for state in StorageState.allCases { context.instruments.storageState[state].set(state == found ? 1 : 0) }
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
