//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What the answers of Azure's blob service mean.
///
/// Source: Azure Storage REST API, "Common REST API error codes" and "Blob Storage error codes".
package enum AzureFailure {
    /// More than this between the clocks, and a signature is refused.
    private static let longestSkew: Int64 = 10 * 60 * 1_000_000

    /// - Returns: nil for a good answer.
    package static func error(_ answer: BackendAnswer, now: WallTime) -> ObjectStoreError? {
        guard !(200..<300).contains(answer.status) else { return nil }
        let document = XMLElement(answer.body)
        let word = answer["x-ms-error-code"] ?? document?.text("Code") ?? ""
        // The lines after the first are the request's number and time.
        let message = document?.text("Message")?.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let cause = [word, message].filter { !$0.isEmpty }.joined(separator: ": ")
        var code = code(answer.status, word)
        if answer.status == 403, code == .denied, let date = answer.date,
            abs(date.microseconds - now.microseconds) > longestSkew
        {
            code = .transient(.clockSkew)
        }
        return ObjectStoreError(code, status: answer.status, cause, retryAfter: answer.retryAfter)
    }

    private static func code(_ status: Int, _ word: String) -> ObjectStoreError.Code {
        switch word {
        case "BlobNotFound", "ResourceNotFound": return .notFound
        case "ContainerNotFound", "ContainerBeingDeleted", "AccountIsDisabled": return .failed
        case "OperationTimedOut": return .transient(.timeout)
        case "ServerBusy": return .transient(.slowDown)
        case "InternalError": return .transient(.serverError)
        case "Md5Mismatch", "IncompleteBody": return .transient(.wrongLength)
        case "BlobAlreadyExists", "ConditionNotMet", "TargetConditionNotMet": return .preconditionFailed
        case "RequestBodyTooLarge", "BlockListTooLong", "BlockCountExceedsLimit": return .tooLarge
        case "AccountProvisionedThroughputExceeded": return .transient(.slowDown)
        default: break
        }
        return switch status {
        case 404: .notFound
        // A token that has expired; another is asked for.
        case 401: .transient(.credentials)
        case 403: .denied
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

extension ObjectStoreError {
    /// Whether it is this one of Azure's.
    func isAzure(_ words: String...) -> Bool { words.contains { cause.hasPrefix($0) } }
}
