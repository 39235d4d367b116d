//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryTelemetry

/// What S3's answers mean.
///
/// Sources: Amazon S3 API reference, "Error responses"; Alibaba Cloud OSS API reference, "Error responses".
package enum S3Failure {
    /// More than this between the clocks, and a signature is refused.
    private static let longestSkew: Int64 = 5 * 60 * 1_000_000

    /// - Returns: nil for a good answer.
    package static func error(_ answer: BackendAnswer, now: WallTime) -> ObjectStoreError? {
        guard !(200..<300).contains(answer.status) else { return embedded(answer) }
        let document = XMLElement(answer.body) ?? headed(answer)
        let word = document?.text("Code") ?? ""
        let message = document?.text("Message") ?? ""
        var cause = [word, message].filter { !$0.isEmpty }.joined(separator: ": ")
        if answer.status == 301 || answer.status == 307, let region = answer["x-amz-bucket-region"] {
            cause += cause.isEmpty ? "the bucket is in region \(region)" : " (the bucket is in region \(region))"
        }
        var code = code(answer.status, word)
        // HEAD has no words: a token that has expired is but a bad request to Amazon, and for a refusal the likeliest reason is
        // a clock that is far off.
        if answer.status == 400, word.isEmpty { code = .transient(.credentials) }
        if answer.status == 403, word.isEmpty, let date = answer.date,
            abs(date.microseconds - now.microseconds) > longestSkew
        {
            code = .transient(.clockSkew)
        }
        return ObjectStoreError(code, status: answer.status, cause, retryAfter: answer.retryAfter)
    }

    /// The words of OSS where an answer has no body.
    private static func headed(_ answer: BackendAnswer) -> XMLElement? {
        guard let bytes = answer["x-oss-err"].flatMap({ Base64.decode($0.utf8, .standard) }) else { return nil }
        return XMLElement(ByteBuffer(bytes: bytes))
    }

    /// Copies and completions may fail after their status was sent.
    private static func embedded(_ answer: BackendAnswer) -> ObjectStoreError? {
        guard answer.body.readableBytes > 0, let document = XMLElement(answer.body), document.name == "Error" else {
            return nil
        }
        let word = document.text("Code") ?? ""
        let cause = "\(word): \(document.text("Message") ?? "")"
        return ObjectStoreError(code(500, word), status: answer.status, cause)
    }

    private static func code(_ status: Int, _ word: String) -> ObjectStoreError.Code {
        switch word {
        case "NoSuchKey", "NoSuchUpload": return .notFound
        case "RequestTimeTooSkewed": return .transient(.clockSkew)
        case "ExpiredToken", "TokenRefreshRequired", "SecurityTokenExpired": return .transient(.credentials)
        case "RequestTimeout": return .transient(.timeout)
        case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded":
            return .transient(status == 429 ? .tooManyRequests : .slowDown)
        case "InternalError", "ServiceUnavailable", "OperationAborted", "ConditionalRequestConflict":
            return .transient(status == 503 ? .slowDown : .serverError)
        case "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch": return .transient(.wrongLength)
        case "EntityTooLarge": return .tooLarge
        case "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage":
            return .noSpace
        case "NoSuchBucket", "InvalidPart", "EntityTooSmall": return .failed
        default: break
        }
        return switch status {
        case 404: .notFound
        case 401, 403: .denied
        case 408: .transient(.timeout)
        case 412: .preconditionFailed
        case 413: .tooLarge
        case 416: .invalidRange
        case 429: .transient(.tooManyRequests)
        case 503: .transient(.slowDown)
        case 507: .noSpace
        case 500...: .transient(.serverError)
        default: .failed
        }
    }
}
