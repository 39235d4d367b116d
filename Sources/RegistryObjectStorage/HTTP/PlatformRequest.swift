//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A question to the address at which a vendor's machines learn of themselves.
enum PlatformRequest {
    private static let time = Duration.seconds(5)

    /// Asks until there is a good answer, or it is clear that nobody is there.
    /// - Parameter isGood: of an answer whose status is good; others may have the address on other machines.
    /// - Throws: `denied` where there is no such platform, or it gives out nothing.
    static func ask(
        _ message: BackendMessage,
        _ http: BackendHTTP,
        _ governor: RequestGovernor,
        isGood: @Sendable (BackendAnswer) -> Bool = { _ in true }
    ) async throws(ObjectStoreError) -> BackendAnswer {
        try await governor.run(.credentials) { this throws(ObjectStoreError) in
            do throws(ObjectStoreError) {
                let answer = try await http.send(message, within: time, this)
                guard (200..<300).contains(answer.status), isGood(answer) else {
                    let code: ObjectStoreError.Code = answer.status >= 500 ? .transient(.serverError) : .denied
                    throw ObjectStoreError(code, status: answer.status, "the platform gives out no credentials")
                }
                return answer
            } catch {
                // Where there is no such platform, nobody answers, however often.
                guard this.number > 0, case .transient = error.code else { throw error }
                throw ObjectStoreError(.denied, status: error.status, "no credentials: \(error.cause)")
            }
        }
    }
}
