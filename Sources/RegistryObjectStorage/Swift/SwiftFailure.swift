//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry

/// What the answers of Swift mean.
///
/// Source: OpenStack Object Storage API v1.
package enum SwiftFailure {
    /// - Returns: nil for a good answer.
    package static func error(_ answer: BackendAnswer) -> ObjectStoreError? {
        guard !(200..<300).contains(answer.status) else { return nil }
        // Answers are HTML for people, or a line.
        let text = String(buffer: answer.body)
        let isOverQuota = answer.status == 413 && text.contains("quota")
        let line = text.hasPrefix("<") ? "" : String((text.split(whereSeparator: \.isNewline).first ?? "").prefix(200))
        let code = isOverQuota ? .noSpace : code(answer.status)
        return ObjectStoreError(code, status: answer.status, line, retryAfter: answer.retryAfter)
    }

    private static func code(_ status: Int) -> ObjectStoreError.Code {
        switch status {
        case 404: .notFound
        case 401: .transient(.credentials)
        case 403: .denied
        case 408: .transient(.timeout)
        case 412: .preconditionFailed
        case 413: .tooLarge
        case 416: .invalidRange
        // The bytes have another MD5, or the client went away.
        case 422, 499: .transient(.wrongLength)
        // 498 is of the middleware that limits rates.
        case 429, 498: .transient(.tooManyRequests)
        case 503: .transient(.slowDown)
        case 507: .noSpace
        case 500...: .transient(.serverError)
        default: .failed
        }
    }
}
