//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

extension TestRegistry {
    /// The record of the request that was answered with a response; it is concluded a moment after the answer.
    package func record(of response: WireResponse) async throws -> RequestRecord {
        let id = response["x-request-id"] ?? ""
        var found: RequestRecord?
        try await eventually("the record of request \(id)") {
            found = observer.records.first { $0.requestID.description == id }
            return found != nil
        }
        guard let found else { throw EndOfConnection() }
        return found
    }
}
