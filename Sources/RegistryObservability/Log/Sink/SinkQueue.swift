//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import RegistryTelemetry
import Synchronization

/// Entries on their way from the pipeline to the thread of one sink, bounded in number and bytes.
final class SinkQueue: Sendable {
    private let state: Mutex<State>
    /// How long the sink waits for a handful.
    private static let gathering = DispatchTimeInterval.milliseconds(20)
    private let wake = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)
    private let depth: Gauge
    private let bytes: Gauge

    /// What can wait.
    struct Limits: Sendable {
        var entries = 65_536
        var bytes = 32 << 20
        /// Entries for which the sink is woken, unless it has waited for a while.
        var handful = 1
    }

    /// - Parameters:
    ///   - depth: shows how many entries wait.
    ///   - bytes: shows how many bytes they have.
    init(limits: Limits, depth: Gauge, bytes: Gauge) {
        self.state = Mutex(State(limits: limits))
        self.depth = depth
        self.bytes = bytes
    }

    /// What became of the entries offered.
    enum Offer: Equatable {
        case done
        /// The entry at this place must not be dropped, and there is no room for it.
        case noRoom(at: Int)
    }

    /// Takes in the entries that the filter lets through; those without room are dropped and counted, save audit ones.
    /// - Parameters:
    ///   - start: place of the first to look at.
    ///   - dropped: counts each entry dropped, under the lock.
    func push(
        _ batch: [EncodedEntry],
        from start: Int,
        _ filter: SinkFilter,
        dropped: Labelled<LogDropReason, Counter>
    ) -> Offer {
        let (offer, wakesSink): (Offer, Bool) = state.withLock { state in
            var offer = Offer.done
            for position in start..<batch.count {
                let facts = batch[position].facts
                guard filter.accepts(facts.kinds, facts.severity), !state.push(batch[position]) else { continue }
                if filter.mustKeep(facts.kinds) {
                    offer = .noRoom(at: position)
                    break
                }
                let reason = state.fullReason
                state.lose(reason)
                dropped[reason].add()
            }
            show(state)
            return (offer, state.wakesSink())
        }
        if wakesSink { wake.signal() }
        return offer
    }

    /// Waits until the sink has taken what is there.
    ///
    /// Blocks: only for the pipeline's own thread.
    /// - Returns: false if it did not within the time given, or had not been able to before.
    func waitForRoom(_ time: Duration) -> Bool {
        let isStalled = state.withLock { state in
            if !state.isStalled { state.wait() }
            return state.isStalled
        }
        guard !isStalled else { return false }
        // The sink may have taken all between the offer and now: then nobody signals, and the next offer finds out.
        if state.withLock({ $0.entries.isEmpty }) { return true }
        if room.wait(timeout: .now() + .nanoseconds(Int(time.nanoseconds))) == .success { return true }
        state.withLock { $0.stall() }
        return false
    }

    /// Gives an entry that does not come in its number, and has the sink tell of it.
    func lose(_ reason: LogDropReason) -> Int64 {
        change { state in
            defer { state.lose(reason) }
            return state.nextSequence
        }
    }

    /// Has the sink tell another reason for the last loss, unless it is told of already.
    func amend(_ reason: LogDropReason, to truth: LogDropReason) { change { $0.amend(reason, to: truth) } }

    /// Has the sink tell of entries that were lost before they could have a number.
    func lose(beforeAllSinks count: Int) { change { $0.lose(beforeAllSinks: count) } }

    /// Has `waiter` be arrived at as soon as everything added before is written, or at once when the sink has ended.
    func notify(_ waiter: Countdown) {
        if !change({ $0.notify(waiter) }) { waiter.arrive() }
    }

    func add(_ command: LogCommand) { change { $0.add(command) } }

    /// What the operator asked for, for a sink that cannot go on to take entries.
    func takeCommands() -> [LogCommand] { state.withLock { $0.takeCommands() } }

    /// Notes that a write of the sink failed and is tried again: until it takes entries again, what finds no room is
    /// lost to that.
    func fail() { state.withLock { $0.fail() } }

    /// Nothing comes any more; what is there can still be taken.
    func close() {
        state.withLock { $0.close() }
        wake.signal()
    }

    /// Nobody will ever take anything.
    /// - Returns: what nobody has taken.
    @discardableResult
    func end() -> Rest {
        let (rest, waiters) = state.withLock { state in
            defer { show(state) }
            return state.end()
        }
        for waiter in waiters { waiter.arrive() }
        return rest
    }

    /// What nobody has taken when a queue ends.
    struct Rest {
        let entries: [EncodedEntry]
        /// The number of the first.
        let first: Int64
        /// What is missing behind these, and nobody was told of.
        let losses: LogLosses
        /// The number of the first that is missing.
        let firstLost: Int64
        /// The first number that was not given.
        let next: Int64
    }

    /// Whether nothing comes any more.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Whether nothing comes any more, and the sink has all that came.
    var isDrained: Bool { state.withLock { $0.isClosing && $0.entries.isEmpty } }

    /// What the sink gets.
    enum Taking {
        case batch(Batch)
        /// There was nothing; there may be by now.
        case nothing
        /// Nothing will ever come.
        case end
    }

    /// Takes all there is, or waits until there is something or time is up.
    ///
    /// Blocks: only for the sink's own thread.
    /// - Parameters:
    ///   - entries: empty; its memory becomes the queue's, and the queue's entries come out in it.
    ///   - extra: numbers that the sink needs for entries of its own; if it needs any there is no waiting.
    ///   - time: how long to wait at most.
    func take(into entries: inout [EncodedEntry], extra: Int, waiting time: Duration) -> Taking {
        var hasGathered = false
        while true {
            let (action, hadWaiter) = state.withLock { state in
                let isPipelineWaiting = state.isPipelineWaiting
                let action = state.take(into: &entries, extra: extra, hasGathered: hasGathered)
                show(state)
                return (action, isPipelineWaiting)
            }
            switch action {
            case .batch(let batch):
                if hadWaiter { room.signal() }
                return .batch(batch)
            case .wait:
                _ = wake.wait(timeout: .now() + .nanoseconds(Int(time.nanoseconds)))
                return .nothing
            case .gather:
                _ = wake.wait(timeout: .now() + Self.gathering)
                hasGathered = true
            case .end: return .end
            }
        }
    }

    private func change<Output: Sendable>(_ body: @Sendable (inout State) -> Output) -> Output {
        let (output, wakesSink) = state.withLock { state in
            let output = body(&state)
            return (output, state.wakesSink())
        }
        if wakesSink { wake.signal() }
        return output
    }

    private func show(_ state: borrowing State) {
        depth.set(Int64(state.entries.count))
        bytes.set(Int64(state.bytes))
    }
}
