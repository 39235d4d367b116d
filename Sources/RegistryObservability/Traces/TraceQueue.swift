//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Traces on their way to one destination.
///
/// Adding never waits: what finds no room is the caller's to count. One consumer only.
final class TraceQueue: Sendable {
    private let state: Mutex<State>

    struct State {
        /// Spans that can wait.
        let capacity: Int
        /// Spans that are worth waking the consumer for.
        let threshold: Int
        private(set) var entries: [any TraceContent] = []
        private(set) var spans = 0
        private(set) var isClosed = false
        private var waiter: AsyncStream<Never>.Continuation?
        /// Waits for the end of the queue, whatever is in it.
        private var endWaiter: AsyncStream<Never>.Continuation?

        init(capacity: Int, threshold: Int) {
            self.capacity = capacity
            self.threshold = threshold
        }

        /// - Returns: whether there was room, and who is to be woken.
        mutating func push(_ entry: any TraceContent) -> (isAccepted: Bool, AsyncStream<Never>.Continuation?) {
            guard !isClosed, spans + entry.count <= capacity else { return (false, nil) }
            entries.append(entry)
            spans += entry.count
            return (true, spans >= threshold ? takeWaiter() : nil)
        }

        mutating func take() -> [any TraceContent] {
            defer {
                entries = []
                spans = 0
            }
            return entries
        }

        /// - Returns: false if there is nothing to wait for.
        mutating func wait(_ waiter: AsyncStream<Never>.Continuation) -> Bool {
            guard !isClosed, spans < threshold else { return false }
            self.waiter = waiter
            return true
        }

        /// - Returns: false if the end has come.
        mutating func waitForEnd(_ waiter: AsyncStream<Never>.Continuation) -> Bool {
            guard !isClosed else { return false }
            endWaiter = waiter
            return true
        }

        /// - Returns: who is to be woken.
        mutating func close() -> [AsyncStream<Never>.Continuation] {
            isClosed = true
            defer { endWaiter = nil }
            return [takeWaiter(), endWaiter].compactMap(\.self)
        }

        private mutating func takeWaiter() -> AsyncStream<Never>.Continuation? {
            defer { waiter = nil }
            return waiter
        }
    }

    init(capacity: Int, threshold: Int) {
        self.state = Mutex(State(capacity: capacity, threshold: min(threshold, capacity)))
    }

    /// Adds a trace.
    /// - Returns: false if there was no room for all of its spans, or the queue is closed.
    func push(_ entry: any TraceContent) -> Bool {
        let (isAccepted, waiter) = state.withLock { $0.push(entry) }
        waiter?.finish()
        return isAccepted
    }

    /// All that waits.
    func take() -> [any TraceContent] { state.withLock { $0.take() } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Takes nothing any more; what is there can still be taken.
    func close() {
        for waiter in state.withLock({ $0.close() }) { waiter.finish() }
    }

    /// Waits until there is enough for a batch, or the queue is closed, or time is up.
    func wait(atMost delay: Duration) async {
        await wait(atMost: delay) { $0.wait($1) }
    }

    /// Waits until the queue is closed, or time is up.
    func waitForEnd(atMost delay: Duration) async {
        await wait(atMost: delay) { $0.waitForEnd($1) }
    }

    private func wait(
        atMost delay: Duration,
        _ begin: (inout sending State, AsyncStream<Never>.Continuation) -> Bool
    ) async {
        let (stream, waiter) = AsyncStream.makeStream(of: Never.self)
        guard state.withLock({ begin(&$0, waiter) }) else { return }
        await withTaskGroup { group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await Task.sleep(for: delay) }
            await group.next()
            group.cancelAll()
        }
    }
}
