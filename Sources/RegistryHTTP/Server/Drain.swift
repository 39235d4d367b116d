//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Counts the requests being served, and lets none begin once the server is going down.
package final class Drain: Sendable {
    private let state = Mutex(State())

    fileprivate struct State {
        var isDraining = false
        var isHandover = false
        var requests = 0
        var waiter: CheckedContinuation<Void, Never>?
        /// What else is to be done when the drain begins.
        var actions: [@Sendable () -> Void] = []
    }

    package init() {}

    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Requests being served, refused ones included.
    package var requests: Int { state.withLock { $0.requests } }

    /// Has a next run get what has not been accepted yet: what has been is served to its end, and nothing is refused.
    /// - Parameter action: stops accepting; done when the drain begins, or at once if it has.
    func handOver(_ action: @escaping @Sendable () -> Void) {
        let isDraining = state.withLock { state in
            state.isHandover = true
            if !state.isDraining { state.actions.append(action) }
            return state.isDraining
        }
        if isDraining { action() }
    }

    /// Whether a request may begin.
    enum Admission {
        case admitted
        case draining
        /// As many as there may be are being served.
        case full
    }

    /// Begins a request.
    /// - Parameter limit: how many may be served at a time.
    /// - Returns: whether it may go on; `leave` must follow whatever it is.
    func enter(limit: Int = .max) -> Admission {
        state.withLock { state in
            state.requests += 1
            if state.isDraining, !state.isHandover { return .draining }
            return state.requests <= limit ? .admitted : .full
        }
    }

    /// Ends a request.
    func leave() {
        let waiter = state.withLock { state in
            state.requests -= 1
            return state.takeWaiterIfIdle()
        }
        waiter?.resume()
    }

    /// Lets no further request begin, save on the connections that are there at a handover.
    package func begin() {
        let actions = state.withLock { state in
            state.isDraining = true
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action() }
    }

    /// Waits until no request is being served.
    ///
    /// One caller at a time; ends at once when its task is cancelled.
    package func idle() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIdle = state.withLock { state in
                    if state.requests == 0 || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isIdle { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in state.takeWaiter() }
            waiter?.resume()
        }
    }
}

extension Drain.State {
    fileprivate mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
        defer { waiter = nil }
        return waiter
    }

    fileprivate mutating func takeWaiterIfIdle() -> CheckedContinuation<Void, Never>? {
        requests == 0 ? takeWaiter() : nil
    }
}
