//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryTelemetry

/// What Google's answers mean.
///
/// Source: Cloud Storage documentation, "HTTP status and error codes for JSON" and "… for XML".
package enum GCSFailure {
    /// More than this between the clocks, and an assertion is refused.
    private static let longestSkew: Int64 = 5 * 60 * 1_000_000

    /// - Returns: nil for a good answer.
    package static func error(_ answer: BackendAnswer) -> ObjectStoreError? {
        guard !(200..<300).contains(answer.status) else { return nil }
        let (words, reason) = words(answer)
        return ObjectStoreError(
            code(answer.status, words, reason),
            status: answer.status,
            words,
            retryAfter: answer.retryAfter
        )
    }

    /// Of a token server (RFC 6749 §5.2).
    package static func tokenError(_ answer: BackendAnswer, now: WallTime) -> ObjectStoreError? {
        guard !(200..<300).contains(answer.status) else { return nil }
        let document = try? StrictJSON(Array(answer.body.readableBytesView))
        let cause = [document?["error"]?.string, document?["error_description"]?.string].compactMap(\.self)
            .joined(separator: ": ")
        let code: ObjectStoreError.Code =
            switch answer.status {
            case 429: .transient(.tooManyRequests)
            case 503: .transient(.slowDown)
            case 500...: .transient(.serverError)
            default: isSkewed(answer, now) ? .transient(.clockSkew) : .denied
            }
        return ObjectStoreError(code, status: answer.status, cause, retryAfter: answer.retryAfter)
    }

    private static func isSkewed(_ answer: BackendAnswer, _ now: WallTime) -> Bool {
        answer.date.map { abs($0.microseconds - now.microseconds) > longestSkew } ?? false
    }

    private static func code(_ status: Int, _ words: String, _ reason: String) -> ObjectStoreError.Code {
        switch reason {
        case "rateLimitExceeded", "userRateLimitExceeded", "SlowDown": return .transient(.tooManyRequests)
        case "NoSuchBucket": return .failed
        case "ExpiredToken": return .transient(.credentials)
        default: break
        }
        return switch status {
        // The only thing that tells it from an object that is not there.
        case 404: words.contains("bucket does not exist") ? .failed : .notFound
        case 401: .transient(.credentials)
        case 403: .denied
        case 408: .transient(.timeout)
        case 412: .preconditionFailed
        case 413: .tooLarge
        case 416: .invalidRange
        case 429: .transient(.tooManyRequests)
        case 503: .transient(.slowDown)
        case 500...: .transient(.serverError)
        default: .failed
        }
    }

    /// The answer's own words, and the one that programs go by; of either of the two APIs.
    private static func words(_ answer: BackendAnswer) -> (words: String, reason: String) {
        if let error = (try? StrictJSON(Array(answer.body.readableBytesView)))?["error"] {
            let reason = error["errors"]?.array?.first?["reason"]?.string ?? ""
            let message = error["message"]?.string ?? error.string ?? ""
            return ([reason, message].filter { !$0.isEmpty }.joined(separator: ": "), reason)
        }
        guard let document = XMLElement(answer.body), document.name == "Error" else { return ("", "") }
        let reason = document.text("Code") ?? ""
        let message = document.text("Message") ?? ""
        return ([reason, message].filter { !$0.isEmpty }.joined(separator: ": "), reason)
    }
}
