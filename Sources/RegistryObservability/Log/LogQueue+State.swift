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
        private var writer = Writer.awake

        /// What the writer has to do next.
        enum Action {
            case batch(Batch)
            case wait
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

        private enum Writer {
            case awake
            case asleep
            /// It was woken, and waits for more.
            case gathering
        }

        /// As many as the writer gathers at most: more at once would keep the readers of the sinks busy for long enough
        /// to be felt by requests.
        private static let handful = 8

        /// - Parameter capacity: entries that can wait.
        init(capacity: Int) {
            self.capacity = capacity
            // Now, so that no producer ever grows the memory while it holds the lock. It costs address space only:
            // pages become resident when they are used.
            entries.reserveCapacity(capacity)
        }

        mutating func push(_ entry: LogEntry) -> Bool {
            guard phase == .new || phase == .open else { return false }
            guard entries.count < capacity else {
                lost += 1
                return false
            }
            entries.append(entry)
            return true
        }

        mutating func notify(_ waiter: Countdown) -> Bool {
            guard phase != .ended else { return false }
            waiters.append(waiter)
            return true
        }

        /// Whether the writer has to be woken: by the first who finds it asleep, and by who brings the last of a handful.
        mutating func wakesWriter() -> Bool {
            switch writer {
            case .asleep:
                writer = .gathering
                return true
            case .gathering where entries.count >= Self.handful:
                writer = .awake
                return true
            case .awake, .gathering: return false
            }
        }

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

        mutating func take(into taken: inout [LogEntry]) -> Action {
            guard entries.isEmpty, waiters.isEmpty, lost == 0 else {
                swap(&entries, &taken)
                let batch = Batch(lost: lost, waiters: waiters)
                (lost, waiters) = (0, [])
                writer = .awake
                return .batch(batch)
            }
            guard phase == .closing else {
                writer = .asleep
                return .wait
            }
            phase = .ended
            return .end
        }
    }
}
