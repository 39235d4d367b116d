//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Synchronization

/// Hands requests to the task that answers them, one at a time.
final class RequestHandover: Sendable {
    private enum State: Sendable {
        case nothing
        /// The task asks.
        case asked(UnsafeContinuation<HTTPRequest?, Never>)
        /// A request is there before the task asks.
        case there(HTTPRequest)
        case ended
    }

    private let state = Mutex(State.nothing)

    /// The next request; nil when there will be none.
    func next() async -> HTTPRequest? {
        await withUnsafeContinuation { continuation in
            let answer: HTTPRequest?? = state.withLock { state in
                switch state {
                case .there(let request):
                    state = .nothing
                    return request
                case .ended: return .some(nil)
                case .nothing, .asked:
                    state = .asked(continuation)
                    return nil
                }
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Hands over a request; the one before has been taken.
    func put(_ request: HTTPRequest) { set(.there(request))?.resume(returning: request) }

    /// Has the task end after the request that it is about.
    func end() { set(.ended)?.resume(returning: nil) }

    /// - Returns: the one who asks, whose answer this is.
    private func set(_ new: State) -> UnsafeContinuation<HTTPRequest?, Never>? {
        state.withLock { state in
            guard case .asked(let continuation) = state else {
                state = new
                return nil
            }
            state = if case .ended = new { .ended } else { .nothing }
            return continuation
        }
    }
}
