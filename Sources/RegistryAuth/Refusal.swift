//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Why a client is not let in.
package struct Refusal: Error, Sendable, Equatable {
    package let result: AuthResult
    package let reason: AuthReason
    /// The exact check that failed, for the log only; without anything secret.
    package let detail: String?
    /// The `WWW-Authenticate` header for the client; nil for none.
    package var challenge: String?
    /// Who it is, where that was proved.
    package var principal: Principal?

    package init(_ result: AuthResult, _ reason: AuthReason, _ detail: String? = nil) {
        self.result = result
        self.reason = reason
        self.detail = detail
    }

    /// For the log: the reason and what exactly it was.
    package var text: String { detail.map { "\(reason.rawValue): \($0)" } ?? reason.rawValue }
}
