//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryLedger
import RegistryTelemetry
import Synchronization

/// Takes the events of one endpoint to it; nothing that happens there is felt by any other.
final class EndpointWorker: Sendable {
    let plan: EndpointPlan
    let instruments: EndpointInstruments
    let context: DeliveryContext
    private let client: EndpointClient
    /// On which all is done.
    private let loop: any EventLoop
    private let wakeup: LoopWakeup
    /// Whether events have come that were not read yet.
    private let hasArrivals = Atomic(false)
    let tending = Wakeup()
    private let ended = Wakeup()
    private let origin = ContinuousClock.now
    /// The wall clock at that moment.
    private let originTime = WallTime.now
    let state: Mutex<State>

    struct State {
        var queue: EndpointQueue
        /// Whose events these were before; it must have ended.
        var predecessor: EndpointWorker?
        /// What has become of events, and is not recorded yet.
        var outcomes: [OutboxOutcome] = []
        var isSettling = false
        var lastFailure: (cause: String, time: WallTime)?
        var stuckSince: ContinuousClock.Instant?
        /// Events that were given up and not told of yet, with the reason.
        var lost: [NotificationLoss: Int64] = [:]
        /// Likewise dead letters that are gone for good.
        var lostDeadLetters: [DeadLetterLoss: Int64] = [:]
        var isStopping = false
    }

    init(_ plan: EndpointPlan, _ context: DeliveryContext, after predecessor: EndpointWorker? = nil) {
        self.plan = plan
        self.context = context
        self.instruments = context.instruments.endpoint(plan.settings.name)
        self.loop = context.loops().next()
        self.wakeup = LoopWakeup(loop)
        self.client = EndpointClient(plan, userAgent: context.userAgent, on: loop)
        self.state = Mutex(State(queue: EndpointQueue(plan.settings, context.limits), predecessor: predecessor))
    }

    var name: String { plan.settings.name }
    var now: Duration { ContinuousClock.now - origin }
    /// By which events are too old, in microseconds since 1970: a clock that is set forwards or back makes none older than it is,
    /// neither those from before that moment nor those that come after it.
    var time: Int64 { min(originTime.microseconds + now.microseconds, WallTime.now.microseconds) }

    // MARK: From outside

    /// Events have come.
    ///
    /// Who tells of it has other things to do: it costs next to nothing while earlier ones were not read yet.
    func wake() {
        guard !hasArrivals.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.execute { [self] in
            state.withLock { $0.queue.arrive() }
            wakeup.set()
        }
    }

    /// Sends nothing any more, and ends when what is on its way has arrived.
    func stop() {
        state.withLock { state in
            state.queue.stop()
            state.isStopping = true
        }
        wakeup.set()
        tending.set()
    }

    /// Events are no longer in the queue.
    func discard(where isGone: (OutboxItem) -> Bool) {
        let time = now
        state.withLock { $0.queue.discard(at: time, where: isGone) }
        wakeup.set()
    }

    /// Looks at the queue's bounds and figures now.
    func look() { tending.set() }

    var status: EndpointStatus {
        state.withLock { state in
            EndpointStatus(
                plan.settings,
                state.queue.breaker,
                instruments,
                isSigned: !plan.signature.keys.isEmpty,
                failure: state.lastFailure
            )
        }
    }

    /// Sends an event that is in no queue.
    func test(_ entry: OutboxEntry) async -> (answer: EndpointAnswer, took: Duration) {
        let start = ContinuousClock.now
        let answer = await post([entry], context.link(entry)).answer
        return (answer, ContinuousClock.now - start)
    }

    // MARK: Work

    /// What it should be run by.
    var executor: LoopExecutor { LoopExecutor(loop) }

    /// Works until it is stopped, or the task is cancelled.
    func run() async {
        await state.withLock(\.predecessor)?.ended.wait()
        state.withLock { $0.predecessor = nil }
        instruments.set(.closed)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tend() }
            while !Task.isCancelled {
                let time = now
                let (step, breaker) = state.withLock { ($0.queue.next(at: time), $0.queue.breaker.state) }
                switch step {
                case .read(let reading):
                    // What comes from here on may not be in it.
                    if reading.isFrontier { hasArrivals.store(false, ordering: .sequentiallyConsistent) }
                    await read(reading)
                case .send(let batch):
                    instruments.set(breaker)
                    group.addTask { await self.deliver(batch) }
                case .wait(let until): await wakeup.wait(atMost: until.map { $0 - now })
                case .end:
                    tending.set()
                    return
                }
            }
        }
        await client.shutDown()
        ended.set()
    }

    private func read(_ reading: DeliveryWindow.Reading) async {
        do throws(LedgerError) {
            let items = try await context.outbox.pending(
                for: name,
                after: reading.position,
                limit: reading.limit,
                bytes: reading.bytes
            )
            let time = now
            state.withLock { $0.queue.finish(reading, items, at: time) }
        } catch {
            // The ledger tells of its troubles itself.
            let time = now
            state.withLock { $0.queue.failReading(at: time) }
        }
    }

    private func deliver(_ batch: DeliveryWindow.Batch) async {
        let start = ContinuousClock.now
        let wall = WallTime.now
        let entries = batch.items.map(\.entry)
        let cause = entries.lazy.compactMap { self.context.link($0) }.first
        let (answer, spanID) = await post(entries, cause)
        let took = ContinuousClock.now - start
        // The end of the server is not the endpoint's fault.
        guard answer.status != nil || !Task.isCancelled else {
            let time = now
            return state.withLock { $0.queue.abandon(batch, at: time) }
        }
        count(answer, entries, took)
        tell(answer, batch, spanID, wall, took)
        let time = now
        let jitter = (Double.random(in: 0...1), Double.random(in: 0...1))
        let (verdict, stuck, breaker) = state.withLock { state in
            let verdict = state.queue.finish(batch, answer, at: time, jitter: jitter)
            if let failure = answer.failure { state.lastFailure = (failure, .now) }
            defer {
                if verdict.change == .opened { state.stuckSince = .now }
                if verdict.change == .closed { state.stuckSince = nil }
            }
            return (verdict, state.stuckSince, state.queue.breaker)
        }
        wakeup.set()
        instruments.set(breaker.state)
        note(verdict.change, answer, breaker, stuckSince: stuck)
        record(verdict.outcomes, batch)
        await settle(verdict.outcomes)
    }

    private func post(
        _ entries: [OutboxEntry],
        _ cause: TraceContext.Link?
    ) async -> (answer: EndpointAnswer, spanID: UInt64) {
        let message = EventMessage(entries, plan.settings.form, from: context.source)
        var headers = plan.signature.headers(
            for: message.body,
            ids: entries.map(\.id),
            time: WallTime.now.microseconds / 1_000_000
        )
        var generator = context.identifiers.generator
        let spanID = UInt64.random(in: 1...UInt64.max, using: &generator)
        if let cause { headers += cause.headers(spanID: spanID) }
        return (await client.post(message, headers), spanID)
    }

    /// Takes events out of the queue; what comes meanwhile is taken out together.
    private func settle(_ outcomes: [OutboxOutcome]) async {
        guard !outcomes.isEmpty else { return }
        let isFirst = state.withLock { state in
            state.outcomes += outcomes
            defer { state.isSettling = true }
            return !state.isSettling
        }
        guard isFirst else { return }
        while true {
            let outcomes = state.withLock { state in
                defer { state.outcomes = [] }
                if state.outcomes.isEmpty { state.isSettling = false }
                return state.outcomes
            }
            guard !outcomes.isEmpty else { return }
            await context.outbox.settle(outcomes, of: name)
            // Each time costs the ledger a transaction, and the next has time: it only saves receivers doubles.
            await LoopWakeup.sleep(for: EndpointQueue.gathering, on: loop)
        }
    }
}
