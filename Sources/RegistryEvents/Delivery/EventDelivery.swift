//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Takes events to endpoints, each by a worker of its own.
///
/// A class: which endpoints there are changes with the configuration, while it runs.
package final class EventDelivery: Service {
    private let context: DeliveryContext
    /// For what is on its way at the end.
    private let deadline: Duration
    /// Workers that are to be run.
    private let arrivals: AsyncStream<EndpointWorker>
    private let arrival: AsyncStream<EndpointWorker>.Continuation
    private let state = Mutex(State())

    private struct State {
        var workers: [EndpointWorker] = []
        var isClosed = false
        /// Whether it was told that events do not outlive the process.
        var hasWarned = false
    }

    /// - Parameter deadline: how long the end waits for requests to endpoints that are under way. What has not arrived
    ///   stays in the outbox.
    package init(_ context: DeliveryContext, deadline: Duration = .seconds(5)) {
        self.context = context
        self.deadline = deadline
        (arrivals, arrival) = AsyncStream.makeStream()
        context.outbox.onArrival { [weak self] in self?.wake() }
    }

    // MARK: From outside

    /// Has these endpoints served from now on.
    ///
    /// Those that are as they were go on undisturbed; one that is another now begins when what is under way by its old
    /// settings has ended.
    package func use(_ plans: [EndpointPlan]) {
        warn(of: plans)
        let (started, stopped) = state.withLock { state in
            let old = state.workers
            guard !state.isClosed else { return ([EndpointWorker](), [EndpointWorker]()) }
            state.workers = plans.map { plan in
                let before = old.first { $0.plan.settings.name == plan.settings.name }
                if let before, before.plan.isSame(as: plan) { return before }
                return EndpointWorker(plan, context, after: before)
            }
            let kept = state.workers
            return (
                kept.filter { worker in !old.contains { $0 === worker } },
                old.filter { worker in !kept.contains { $0 === worker } }
            )
        }
        for worker in stopped { worker.stop() }
        for worker in started { arrival.yield(worker) }
        context.instruments.keep(plans.map(\.settings.name))
    }

    private func warn(of plans: [EndpointPlan]) {
        guard !context.outbox.isDurable, !plans.isEmpty else { return }
        let isFirst = state.withLock { state in
            defer { state.hasWarned = true }
            return !state.hasWarned
        }
        guard isFirst else { return }
        context.observer.note(ServerEvent(.notificationsVolatile))
    }

    /// Events have come.
    package func wake() { for worker in state.withLock(\.workers) { worker.wake() } }

    /// In the order of the configuration.
    package var statuses: [EndpointStatus] { state.withLock(\.workers).map(\.status) }

    /// Events were taken out of a queue by somebody else.
    /// - Parameters:
    ///   - ids: nil for all.
    ///   - count: how many.
    package func forget(_ ids: [String]?, of endpoint: String, count: Int64) {
        guard let worker = worker(endpoint) else { return }
        let ids = ids.map { Set($0) }
        worker.discard { item in ids?.contains(item.entry.id) ?? true }
        worker.lose(count, .dropped)
        worker.look()
    }

    /// What came of a message that is in no queue.
    package struct TestResult: Sendable {
        /// Nil if there was no answer.
        package let status: Int?
        /// Why it did not arrive; nil if it did.
        package let failure: String?
        package let took: Duration
    }

    /// Sends an event to an endpoint, past its queue and its circuit breaker.
    /// - Returns: nil if there is no such endpoint.
    package func test(_ endpoint: String, with entry: OutboxEntry) async -> TestResult? {
        guard let worker = worker(endpoint) else { return nil }
        let (answer, took) = await worker.test(entry)
        return TestResult(status: answer.status, failure: answer.failure, took: took)
    }

    private func worker(_ name: String) -> EndpointWorker? {
        state.withLock(\.workers).first { $0.plan.settings.name == name }
    }

    // MARK: Running

    package func run() async {
        await withTaskGroup { group in
            group.addTask { [arrivals] in
                await withDiscardingTaskGroup { running in
                    for await worker in arrivals {
                        running.addTask(executorPreference: worker.executor) { await worker.run() }
                    }
                }
            }
            group.addTask { [deadline] in
                // Cancellation, too, is an end.
                try? await gracefulShutdown()
                self.close()
                try? await Task.sleep(for: deadline)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func close() {
        let workers = state.withLock { state in
            state.isClosed = true
            return state.workers
        }
        for worker in workers { worker.stop() }
        arrival.finish()
    }
}
