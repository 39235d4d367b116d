//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Told once, when clients of the registry can connect, and waited for by whoever needs that.
final class ListeningSignal: Sendable {
    private let state = Mutex(State.closed([:]))

    private enum State {
        case closed([Int: CheckedContinuation<Void, Never>])
        case open
    }

    private let numbers = Atomic<Int>(0)

    /// Clients can connect.
    func open() {
        let waiting = state.withLock { state in
            defer { state = .open }
            guard case .closed(let waiting) = state else { return [CheckedContinuation<Void, Never>]() }
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until they can, or the task is cancelled.
    func wait() async {
        let number = numbers.add(1, ordering: .relaxed).newValue
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard case .closed(var waiting) = state, !Task.isCancelled else { return true }
                    waiting[number] = continuation
                    state = .closed(waiting)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .closed(var waiting) = state else { return nil }
                defer { state = .closed(waiting) }
                return waiting.removeValue(forKey: number)
            }
            continuation?.resume()
        }
    }
}
