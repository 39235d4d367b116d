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
    private let context: DeliveryContext
    private let client: EndpointClient
    /// On which all is done.
    private let loop: any EventLoop
    private let wakeup: LoopWakeup
    /// Whether events have come that were not read yet.
    private let hasArrivals = Atomic(false)
    private let tending = Wakeup()
    private let ended = Wakeup()
    private let origin = ContinuousClock.now
    /// The wall clock at that moment.
    private let originTime = WallTime.now
    private let state: Mutex<State>

    private struct State {
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

    private var name: String { plan.settings.name }
    private var now: Duration { ContinuousClock.now - origin }
    /// By which events are too old, in microseconds since 1970: a clock that is set forwards or back makes none older than it is,
    /// neither those from before that moment nor those that come after it.
    private var time: Int64 { min(originTime.microseconds + now.microseconds, WallTime.now.microseconds) }

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
        if let cause { headers.append((name: "traceparent", value: cause.header(spanID: spanID))) }
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

    // MARK: The queue's bounds and figures

    /// Between two looks.
    static let tendingPause = Duration.seconds(2)

    private func tend() async {
        while !Task.isCancelled {
            let isStopping = state.withLock(\.isStopping)
            if !isStopping { await trim() }
            if let depth = try? await context.outbox.depth(of: name) {
                instruments.pending.set(depth.count)
                instruments.bytes.set(depth.bytes)
                instruments.oldest.set(depth.oldest ?? 0)
                instruments.deadLetters.set(depth.deadLetters)
            }
            tellLosses()
            guard !isStopping else { return }
            await tending.wait(atMost: Self.tendingPause)
        }
    }

    private func trim() async {
        let (queue, dead) = (plan.settings.queue, plan.settings.deadLetters)
        let time = time
        let bounds = OutboxBounds(
            count: queue.count ?? .max,
            bytes: queue.bytes ?? .max,
            time: queue.age.map { time - $0.microseconds } ?? .min,
            deadLetters: dead.count ?? .max,
            deathTime: dead.age.map { time - $0.microseconds } ?? .min
        )
        guard let trim = try? await context.outbox.trim(name, to: bounds) else { return }
        lose(trim.count, .count)
        lose(trim.bytes, .bytes)
        lose(trim.age, .age)
        loseDeadLetters(trim.deadByCount, .count)
        loseDeadLetters(trim.deadByAge, .age)
        if let last = trim.last { discard { $0.position <= last } }
    }

    private func loseDeadLetters(_ count: Int64, _ reason: DeadLetterLoss) {
        guard count > 0 else { return }
        instruments.droppedDeadLetters[reason].add(count)
        state.withLock { $0.lostDeadLetters[reason, default: 0] += count }
    }

    func lose(_ count: Int64, _ reason: NotificationLoss) {
        guard count > 0 else { return }
        instruments.dropped[reason].add(count)
        instruments.deliveries[.lost].add(count)
        state.withLock { $0.lost[reason, default: 0] += count }
    }

    /// One event for all that were lost for the same reason since the last look.
    private func tellLosses() {
        let (lost, deadLetters) = state.withLock { state in
            defer { (state.lost, state.lostDeadLetters) = ([:], [:]) }
            return (state.lost, state.lostDeadLetters)
        }
        for reason in NotificationLoss.allCases where reason != .dropped {
            if let count = lost[reason] { tellLoss(.notificationsDropped, reason.rawValue, count) }
        }
        for reason in DeadLetterLoss.allCases {
            if let count = deadLetters[reason] { tellLoss(.deadLettersDropped, reason.rawValue, count) }
        }
    }

    private func tellLoss(_ event: EventName, _ reason: String, _ count: Int64) {
        let fields: [ServerEvent.Field] = [
            .init(.endpoint, .text(name)), .init(.reason, .text(reason)), .init(.lost, .number(count)),
        ]
        context.observer.note(ServerEvent(event, fields))
    }

    // MARK: What is seen

    private func count(_ answer: EndpointAnswer, _ entries: [OutboxEntry], _ took: Duration) {
        instruments.httpLatency.record(took)
        if let status = answer.status { instruments.count(status: status) }
        let kind: NotificationEvent = answer.failure == nil ? .successes : answer.status == nil ? .errors : .failures
        instruments.events[kind].add(Int64(entries.count))
    }

    private func record(_ outcomes: [OutboxOutcome], _ batch: DeliveryWindow.Batch) {
        guard !outcomes.isEmpty else { return }
        let time = WallTime.now.microseconds
        for (outcome, item) in zip(outcomes, batch.items) {
            instruments.retries.record(Int64(batch.attempts))
            switch outcome.result {
            case .delivered:
                instruments.deliveries[.delivered].add()
                instruments.totalLatency.record(.microseconds(max(0, time - item.entry.time)))
            case .dead: lose(1, .retries)
            }
        }
    }

    private func note(
        _ change: CircuitBreaker.Change?,
        _ answer: EndpointAnswer,
        _ breaker: CircuitBreaker,
        stuckSince: ContinuousClock.Instant?
    ) {
        switch change {
        case nil: break
        case .opened:
            context.observer.note(
                ServerEvent(
                    .endpointStuck,
                    [
                        .init(.endpoint, .text(name)), .init(.cause, .text(answer.failure ?? "")),
                        .init(.attempts, .number(Int64(breaker.failures))),
                    ]
                )
            )
        case .closed:
            let took = stuckSince.map { ContinuousClock.now - $0 } ?? .zero
            let fields: [ServerEvent.Field] = [
                .init(.endpoint, .text(name)), .init(.took, .number(took.microseconds)),
            ]
            context.observer.note(ServerEvent(.endpointRecovered, fields))
        }
    }

    /// A span in the trace of each request whose event this was, if that trace is kept.
    private func tell(
        _ answer: EndpointAnswer,
        _ batch: DeliveryWindow.Batch,
        _ spanID: UInt64,
        _ start: WallTime,
        _ took: Duration
    ) {
        var generator = context.identifiers.generator
        var isFirst = true
        for item in batch.items {
            guard let cause = context.link(item.entry) else { continue }
            // The endpoint was told of the first.
            let id = isFirst ? spanID : UInt64.random(in: 1...UInt64.max, using: &generator)
            isFirst = false
            guard cause.isSampled else { continue }
            context.spans(
                DeliverySpan(
                    cause: cause,
                    id: id,
                    address: plan.settings.shownAddress,
                    endpoint: name,
                    event: item.entry.id,
                    repository: item.entry.repository,
                    attempt: batch.attempts + 1,
                    batch: batch.items.count,
                    status: answer.status,
                    failure: answer.failure,
                    start: start.microseconds,
                    duration: took
                )
            )
        }
    }
}
