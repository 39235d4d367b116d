//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension SinkQueue {
    /// The queue itself, with no lock and no thread.
    ///
    /// Every entry that comes gets a number, whether there is room for it or not, so that what is missing in the sink
    /// shows as a gap. Once one found no room, none is taken in until the sink has taken all: a gap is always at one
    /// place, behind the entries and before whatever the sink has to say of it.
    struct State {
        private(set) var entries: [EncodedEntry] = []
        private(set) var bytes = 0
        private let limits: Limits
        private(set) var nextSequence: Int64 = 1
        private var losses = LogLosses()
        private var isFull = false
        private var waiters: [Countdown] = []
        private var commands: [LogCommand] = []
        private var phase = Phase.open
        private var gathering: Gathering
        private(set) var isPipelineWaiting = false
        /// Audit entries have waited in vain for room; the next ones need not.
        private(set) var isStalled = false
        /// What the sink has in hand could not be written the last time: what finds no room is lost to that.
        private var isFailing = false

        private enum Phase {
            case open
            /// Nothing comes any more; the sink takes the rest.
            case closing
            case ended
        }

        /// What the sink has to do next.
        enum Action {
            case batch(Batch)
            /// Wait until woken, or until there is something else to do.
            case wait
            /// Wait until woken, or for a while.
            case gather
            case end
        }

        init(limits: Limits) {
            self.limits = limits
            self.gathering = Gathering(handful: limits.handful)
        }

        /// Takes an entry in, if there is room for it.
        mutating func push(_ entry: EncodedEntry) -> Bool {
            guard phase == .open else { return false }
            guard !isFull, entries.count < limits.entries, entries.isEmpty || bytes + entry.size <= limits.bytes else {
                isFull = true
                return false
            }
            entries.append(entry)
            bytes += entry.size
            nextSequence += 1
            return true
        }

        /// Why an entry that finds no room is lost.
        var fullReason: LogDropReason { isFailing ? .writeFailed : .queueFull }

        /// The sink tries again what it has in hand; it takes nothing else until that is written.
        mutating func fail() { isFailing = true }

        /// Gives an entry that does not come in its number.
        mutating func lose(_ reason: LogDropReason) {
            nextSequence += 1
            losses[reason] += 1
        }

        mutating func amend(_ reason: LogDropReason, to truth: LogDropReason) {
            guard losses[reason] > 0 else { return }
            losses[reason] -= 1
            losses[truth] += 1
        }

        /// Entries that were lost before they could have a number.
        mutating func lose(beforeAllSinks count: Int) { losses[.pipelineFull] += count }

        mutating func wait() { isPipelineWaiting = true }

        mutating func stall() {
            isPipelineWaiting = false
            isStalled = true
        }

        mutating func notify(_ waiter: Countdown) -> Bool {
            guard phase != .ended else { return false }
            waiters.append(waiter)
            return true
        }

        mutating func add(_ command: LogCommand) { commands.append(command) }

        mutating func takeCommands() -> [LogCommand] {
            defer { commands = [] }
            return commands
        }

        /// Whether the sink has to be woken.
        mutating func wakesSink() -> Bool { gathering.wakes(count: entries.count, isUrgent: isUrgent) }

        /// Whether there is something that waits for no other entries.
        private var isUrgent: Bool {
            isFull || !losses.isEmpty || !waiters.isEmpty || !commands.isEmpty || phase != .open
        }

        var isClosing: Bool { phase != .open }

        mutating func close() { if phase == .open { phase = .closing } }

        mutating func end() -> (rest: Rest, waiters: [Countdown]) {
            defer { (entries, bytes, losses, waiters) = ([], 0, LogLosses(), []) }
            phase = .ended
            // Whoever still has audit entries need not wait.
            isStalled = true
            let rest = Rest(
                entries: entries,
                first: firstLost - Int64(entries.count),
                losses: losses,
                firstLost: firstLost,
                next: nextSequence
            )
            return (rest, waiters)
        }

        /// The number of the first entry that is missing behind those that wait.
        private var firstLost: Int64 {
            nextSequence - Int64(losses.numbered)
        }

        /// Gives the sink all there is, and as many numbers behind it as it needs to tell of losses and for `extra`
        /// entries of its own.
        /// - Parameter hasGathered: the sink has waited for more just now.
        mutating func take(into taken: inout [EncodedEntry], extra: Int, hasGathered: Bool) -> Action {
            switch gathering.next(count: entries.count, isUrgent: isUrgent || extra > 0, hasGathered: hasGathered) {
            case .gather: return .gather
            case .sleep: return .wait
            case .take: break
            }
            let isEmpty = entries.isEmpty && losses.isEmpty && waiters.isEmpty && commands.isEmpty && extra == 0
            guard !isEmpty || phase == .open else {
                phase = .ended
                return .end
            }
            swap(&entries, &taken)
            let batch = Batch(
                first: firstLost - Int64(taken.count),
                losses: losses,
                firstLost: firstLost,
                own: nextSequence,
                waiters: waiters,
                commands: commands
            )
            nextSequence += Int64(losses.reasons.count + extra)
            (bytes, losses, waiters, commands) = (0, LogLosses(), [], [])
            (isFull, isStalled, isPipelineWaiting, isFailing) = (false, false, false, false)
            return .batch(batch)
        }
    }

    /// What comes with the entries taken.
    struct Batch {
        /// The number of the first entry; the others follow.
        let first: Int64
        /// What is missing behind them.
        let losses: LogLosses
        /// The number of the first that is missing.
        let firstLost: Int64
        /// The first number for what the sink itself has to say: of each kind of loss, and then of other things.
        let own: Int64
        /// To arrive at when the entries are written.
        let waiters: [Countdown]
        let commands: [LogCommand]
    }
}
