//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Waits until a condition holds, giving way to other tasks between two looks. The time limit of the test ends it.
/// - Throws: `CancellationError` when the test's time is over.
package func polling(_ condition: () async throws -> Bool) async throws {
    while !(try await condition()) {
        try Task.checkCancellation()
        await Task.yield()
    }
}
