//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTelemetry
import Synchronization

/// Events of pulls, in memory until the ledger takes them: a pull waits for nothing.
///
/// What a kill takes along is what was told since the ledger took them last. It is counted by the next run, by a tally in
/// a page of memory that belongs to a file, and so outlives the process.
final class PullEvents: Sendable {
    struct Pull: Sendable {
        let event: StorageEvent
        let origin: MutationOrigin
    }

    private struct State {
        var waiting: [Pull] = []
        var tally: PullTally?
    }

    /// Nil where events outlive the process no more than these.
    private let path: String?
    private let instruments: OutboxInstruments
    private let state = Mutex(State())

    /// Events that wait at most.
    private static let maximum = 50_000

    init(_ path: String?, _ instruments: OutboxInstruments) {
        self.path = path
        self.instruments = instruments
    }

    /// Begins to count, and tells what the last run has lost.
    ///
    /// It may wait for a disk.
    func open() {
        guard let path, state.withLock({ $0.tally == nil }), let tally = PullTally(path) else { return }
        instruments.lost[.crash].add(Int64(clamping: tally.count))
        state.withLock { state in
            tally.count = UInt64(state.waiting.count)
            state.tally = tally
        }
    }

    func add(_ pull: Pull) {
        let hasRoom = state.withLock { state in
            guard state.waiting.count < Self.maximum else { return false }
            state.waiting.append(pull)
            state.tally?.count += 1
            return true
        }
        if !hasRoom { lose(1) }
    }

    /// There was no room for events, of pulls or of others.
    func lose(_ count: Int) { instruments.lost[.full].add(Int64(count)) }

    /// Those that wait; they stay until they are dropped.
    var waiting: [Pull] { state.withLock { $0.waiting } }

    /// Lets go of the first ones, which are kept elsewhere now.
    func drop(_ count: Int) {
        state.withLock { state in
            state.waiting.removeFirst(count)
            state.tally?.count -= UInt64(count)
        }
    }
}
