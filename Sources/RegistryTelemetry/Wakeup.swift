//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Wakes the one task that waits for it; remembered if none does.
package final class Wakeup: Sendable {
    private let state = Mutex(State())

    package init() {}

    private struct State {
        var isSet = false
        var waiter: AsyncStream<Never>.Continuation?
    }

    package func set() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.isSet = true }
            return state.waiter
        }
        waiter?.finish()
    }

    /// Waits until it is set, time is up, or the task is cancelled.
    /// - Parameter delay: nil for as long as it takes.
    package func wait(atMost delay: Duration? = nil) async {
        let (stream, waiter) = AsyncStream.makeStream(of: Never.self)
        let isWaiting = state.withLock { state in
            defer { state.isSet = false }
            guard !state.isSet else { return false }
            state.waiter = waiter
            return true
        }
        guard isWaiting else { return }
        if let delay {
            await withTaskGroup { group in
                group.addTask { for await _ in stream {} }
                group.addTask { try? await Task.sleep(for: delay) }
                await group.next()
                group.cancelAll()
            }
        } else {
            for await _ in stream {}
        }
        state.withLock { $0.waiter = nil }
    }
}
