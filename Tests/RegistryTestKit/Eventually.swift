//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Yields until something has come true.
///
/// The limit is no expectation of time: it only makes a test fail that would otherwise hang.
/// - Throws: ``NeverHappened``; `CancellationError` when the test's own time is over.
package func eventually(
    _ what: String = "what the test waits for",
    limit: Duration = .seconds(300),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        try Task.checkCancellation()
        guard ContinuousClock.now < end else { throw NeverHappened(what: what) }
        await Task.yield()
    }
}

/// What a test waited for did not come true.
package struct NeverHappened: Error, CustomStringConvertible {
    package let what: String

    package var description: String { "never happened: \(what)" }
}
