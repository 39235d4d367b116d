//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import RegistryTelemetry
import Synchronization

/// Entries on their way from whoever has something to say to the one encoder.
///
/// Adding never waits for the writer: when the queue is full the newest entry is dropped and counted.
final class LogQueue: Sendable {
    private let state: Mutex<State>
    private let wake = DispatchSemaphore(value: 0)
    private let depth: Gauge

    /// How long the writer waits for a handful: under load the next entries are a millisecond away, and one wake-up should do
    /// for several of them.
    private static let gathering = DispatchTimeInterval.milliseconds(20)

    /// - Parameters:
    ///   - capacity: entries that can wait; of audit entries, as many again.
    ///   - depth: shows how many wait.
    init(capacity: Int, depth: Gauge) {
        self.state = Mutex(State(capacity: capacity))
        self.depth = depth
    }

    /// Adds an entry.
    /// - Returns: whether there was room for it, and the queue was open.
    func push(_ entry: LogEntry) -> Bool {
        let (isAccepted, wakesWriter) = state.withLock { state in
            let isAccepted = state.push(entry)
            depth.set(Int64(state.entries.count))
            guard isAccepted else { return (false, false) }
            // Whoever was to wake the writer may be an event loop that hangs: that it does is an event.
            return (true, state.wakesWriter() || entry.isEvent)
        }
        if wakesWriter { wakeWriter() }
        return isAccepted
    }

    /// Has `waiter` come out with the entries that were added before.
    /// - Returns: false if nobody takes entries any more.
    func notify(_ waiter: Countdown) -> Bool {
        let (isAccepted, wakesWriter) = state.withLock { state in
            let isAccepted = state.notify(waiter)
            return (isAccepted, isAccepted && state.wakesWriter())
        }
        if wakesWriter { wakeWriter() }
        return isAccepted
    }

    /// Wakes the writer when requests that have come are answered: it, and who reads what it writes, need processors, and
    /// would take them from those.
    private func wakeWriter() {
        EventLoopTurn.atEnd { [wake] in wake.signal() }
    }

    /// There is a writer now, which takes until there is nothing more.
    /// - Returns: false if there was one before, or the queue is closed.
    func open() -> Bool { state.withLock { $0.open() } }

    /// Accepts nothing any more; what was accepted can still be taken.
    /// - Returns: true if nobody ever will, since nobody began to.
    func close() -> Bool {
        let isAbandoned = state.withLock { $0.close() }
        // Whether the writer waits or gathers: it is to go on now.
        wake.signal()
        return isAbandoned
    }

    /// Waits until there is something, and takes all of it.
    ///
    /// Blocks: only for the writer's own thread.
    /// - Parameter entries: empty; its memory becomes the queue's, and the queue's entries come out in it.
    /// - Returns: nil when the queue is closed and empty.
    func take(into entries: inout [LogEntry]) -> Batch? {
        var hasGathered = false
        while true {
            let action = state.withLock { state in
                let action = state.take(into: &entries, hasGathered: hasGathered)
                depth.set(Int64(state.entries.count))
                return action
            }
            switch action {
            case .batch(let batch): return batch
            case .end: return nil
            case .wait:
                wake.wait()
                hasGathered = false
            case .gather:
                _ = wake.wait(timeout: .now() + Self.gathering)
                hasGathered = true
            }
        }
    }

    /// What comes with the entries taken.
    struct Batch {
        /// Entries that found the queue full after the ones taken.
        let lost: Int
        /// To be handed on to the sinks behind the entries.
        let waiters: [Countdown]
    }
}
