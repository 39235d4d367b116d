//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension LogQueue {
    /// The queue itself, with no lock and no thread.
    struct State {
        private(set) var entries: [LogEntry] = []
        private let capacity: Int
        private var waiters: [Countdown] = []
        private var lost = 0
        private var phase = Phase.new
        private var gathering = Gathering(handful: Self.handful)

        /// What the writer has to do next.
        enum Action {
            case batch(Batch)
            /// Wait until woken.
            case wait
            /// Wait until woken, or for a while.
            case gather
            case end
        }

        private enum Phase {
            /// Accepts entries; nobody takes them yet.
            case new
            case open
            /// Accepts nothing more; the writer takes the rest.
            case closing
            /// There is no writer any more.
            case ended
        }

        /// As many as the writer gathers at most: a hundred at once keep the readers of the sinks busy for long enough
        /// to be felt by requests.
        static let handful = 32

        /// - Parameter capacity: entries that can wait; of audit entries, as many again.
        init(capacity: Int) {
            self.capacity = capacity
            // Now, so that no producer ever grows the memory while it holds the lock. It costs address space only:
            // pages become resident when they are used.
            entries.reserveCapacity(2 * capacity)
        }

        mutating func push(_ entry: LogEntry) -> Bool {
            guard phase == .new || phase == .open else { return false }
            guard entries.count < capacity || hasRoom(for: entry) else {
                lost += 1
                return false
            }
            entries.append(entry)
            return true
        }

        /// Whether a full queue takes an entry all the same: whoever answers requests cannot wait for the writer, as is done for
        /// audit entries later on, so they have room of their own.
        private func hasRoom(for entry: LogEntry) -> Bool {
            entries.count < 2 * capacity && entry.kinds.contains(.audit)
        }

        mutating func notify(_ waiter: Countdown) -> Bool {
            guard phase != .ended else { return false }
            waiters.append(waiter)
            return true
        }

        /// Whether the writer has to be woken.
        mutating func wakesWriter() -> Bool { gathering.wakes(count: entries.count, isUrgent: isUrgent) }

        /// Whether there is something that waits for no other entries.
        private var isUrgent: Bool { !waiters.isEmpty || lost > 0 || phase == .closing }

        mutating func open() -> Bool {
            guard phase == .new else { return false }
            phase = .open
            return true
        }

        mutating func close() -> Bool {
            switch phase {
            case .new: phase = .ended
            case .open: phase = .closing
            case .closing, .ended: return false
            }
            return phase == .ended
        }

        /// - Parameter hasGathered: the writer has waited for more just now.
        mutating func take(into taken: inout [LogEntry], hasGathered: Bool) -> Action {
            switch gathering.next(count: entries.count, isUrgent: isUrgent, hasGathered: hasGathered) {
            case .gather: return .gather
            case .sleep: return .wait
            case .take: break
            }
            guard !(entries.isEmpty && waiters.isEmpty && lost == 0) else {
                phase = .ended
                return .end
            }
            swap(&entries, &taken)
            defer { (lost, waiters) = (0, []) }
            return .batch(Batch(lost: lost, waiters: waiters))
        }
    }
}
