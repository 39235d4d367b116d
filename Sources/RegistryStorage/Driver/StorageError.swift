//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What went wrong in a driver.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    package let code: Code
    /// The verb that failed.
    package let operation: StaticString
    package let path: StoragePath
    /// The system's or the store's own words.
    package let cause: String

    package init(_ code: Code, _ operation: StaticString, _ path: StoragePath, cause: String = "") {
        self.code = code
        self.operation = operation
        self.path = path
        self.cause = cause
    }

    /// The kinds of failure that callers tell apart.
    package enum Code: Sendable, Equatable {
        /// There is nothing at the path.
        case notFound
        /// Somebody else is writing there.
        case busy
        /// No room left: bytes, quota or inodes.
        case noSpace
        /// The storage takes no writes.
        case readOnly
        /// More bytes than the caller would take.
        case tooLarge
        /// The content ends before what it had when it was opened.
        case truncated
        /// Anything else.
        case failed
    }

    package var description: String {
        "\(operation) \(path): \(code)" + (cause.isEmpty ? "" : " (\(cause))")
    }
}

extension StorageError: SpanOutcomeProviding {
    package var spanOutcome: SpanOutcome {
        switch code {
        case .notFound: .refused(code: "not_found")
        case .tooLarge: .refused(code: "too_large")
        case .busy: .refused(code: "busy")
        case .noSpace: .failed(code: "no_space")
        case .readOnly: .failed(code: "read_only")
        case .truncated: .failed(code: "truncated")
        case .failed: .failed(code: "failed")
        }
    }
}
