//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import UnixSignals

extension ControlClient {
    /// Watches what a server does for a command; SIGINT and SIGTERM have the server end that.
    /// - Parameter watch: returns when it is over.
    func maintaining<Output: Sendable>(
        _ watch: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        let task = Task { try await watch() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                    _ = try answer("maintenance-stop", isChange: true, about: "the storage")
                }
            }
            let output = try await task.value
            group.cancelAll()
            return output
        }
    }
}
