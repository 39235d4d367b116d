//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
package import NIOCore

/// A bound on the whole of a call: `HTTPClient`'s own deadline ends with the head of the answer, so that a server that
/// stands still in its body would hold the caller for ever.
package enum CallDeadline {
    /// Runs a call, and cancels it when its time is over.
    /// - Throws: what the call throws; `HTTPClientError.deadlineExceeded` when it was cancelled for its time.
    package static func hold<Result: Sendable>(
        _ time: TimeAmount,
        _ call: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await call() }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(time.nanoseconds))
                throw HTTPClientError.deadlineExceeded
            }
            // Whichever is first.
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
