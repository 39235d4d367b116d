//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
import Synchronization

/// A number of places, given out in the order of asking.
final class Limiter: Sendable {
    private let state: Mutex<State>

    fileprivate struct State {
        var free: Int
        var waiting = Deque<CheckedContinuation<Void, Never>>()
    }

    /// - Parameter places: at least 1.
    init(_ places: Int) {
        precondition(places >= 1, "a limit of no calls would wait for ever")
        self.state = Mutex(State(free: places))
    }

    /// Takes a place, waiting for one if there is none.
    func enter() async {
        let entered = state.withLock { $0.takeFree() }
        if entered { return }
        await withCheckedContinuation { continuation in
            let entered = state.withLock { state in
                if state.takeFree() { return true }
                state.waiting.append(continuation)
                return false
            }
            if entered { continuation.resume() }
        }
    }

    /// Gives a place back: to the one who waits longest, if anyone does.
    func leave() {
        let next = state.withLock { state in
            guard let next = state.waiting.popFirst() else {
                state.free += 1
                return nil as CheckedContinuation<Void, Never>?
            }
            return next
        }
        next?.resume()
    }
}

extension Limiter.State {
    fileprivate mutating func takeFree() -> Bool {
        guard free > 0 else { return false }
        free -= 1
        return true
    }
}
