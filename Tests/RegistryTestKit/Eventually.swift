//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Waits until a condition holds, giving way to other tasks between two looks.
///
/// The time limit of the test ends it.
/// - Throws: `CancellationError` when the test's time is over.
package func eventually(_ condition: () async throws -> Bool) async throws {
    while !(try await condition()) {
        try Task.checkCancellation()
        await Task.yield()
    }
}

extension TestRegistry {
    /// The record of the request that was answered with a response; it is concluded a moment after the answer.
    package func record(of response: WireResponse) async throws -> RequestRecord {
        let id = response["x-request-id"] ?? ""
        var found: RequestRecord?
        try await eventually {
            found = observer.records.first { $0.requestID.description == id }
            return found != nil
        }
        guard let found else { throw EndOfConnection() }
        return found
    }
}
