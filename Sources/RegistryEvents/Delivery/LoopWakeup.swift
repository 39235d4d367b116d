//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Wakes the one task that waits for it, as `Wakeup` does, with the timers of an event loop, for tasks that run on it.
final class LoopWakeup: Sendable {
    private let loop: any EventLoop
    private let state = Mutex(State())

    private struct State {
        var isSet = false
        var waiter: UnsafeContinuation<Void, Never>?
        /// Counts how often was waited.
        var turn = 0

        mutating func take() -> UnsafeContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    init(_ loop: any EventLoop) { self.loop = loop }

    func set() {
        let waiter = state.withLock { state in
            if state.waiter == nil { state.isSet = true }
            return state.take()
        }
        waiter?.resume()
    }

    /// Waits until it is set, time is up, or the task is cancelled.
    /// - Parameter delay: nil for as long as it takes.
    func wait(atMost delay: Duration? = nil) async {
        let turn = state.withLock { state -> Int? in
            defer { state.isSet = false }
            guard !state.isSet else { return nil }
            state.turn += 1
            return state.turn
        }
        guard let turn else { return }
        let timer = delay.map { delay in loop.scheduleTask(in: TimeAmount(delay)) { [self] in expire(turn) } }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
                let isWaiting = state.withLock { state in
                    guard !state.isSet else {
                        state.isSet = false
                        return false
                    }
                    state.waiter = waiter
                    return true
                }
                if !isWaiting { waiter.resume() }
            }
        } onCancel: {
            set()
        }
        timer?.cancel()
    }

    /// Waits for a time; shorter only where the task is cancelled.
    static func sleep(for delay: Duration, on loop: any EventLoop) async { await LoopWakeup(loop).wait(atMost: delay) }

    private func expire(_ turn: Int) {
        let waiter = state.withLock { state in
            if state.turn == turn, state.waiter == nil { state.isSet = true }
            return state.turn == turn ? state.take() : nil
        }
        waiter?.resume()
    }
}
