//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
package import RegistryTelemetry

/// What went wrong at an object store, in words that are the same for all vendors.
package struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    package var code: Code
    /// Of HTTP; nil where there was no answer.
    package var status: Int?
    /// The vendor's words, such as `SlowDown: Please reduce your request rate`, without anything that is secret.
    package var cause: String
    /// How long the store wants to be left alone.
    package var retryAfter: Duration?

    package init(_ code: Code, status: Int? = nil, _ cause: String = "", retryAfter: Duration? = nil) {
        self.code = code
        self.status = status
        self.cause = cause
        self.retryAfter = retryAfter
    }

    package enum Code: Sendable, Equatable {
        /// No such object, or no such upload.
        case notFound
        /// The object has another version, or is there already.
        case preconditionFailed
        /// The range begins beyond the object's end.
        case invalidRange
        /// The credentials do not suffice, or are wrong.
        case denied
        /// A quota is used up.
        case noSpace
        /// More than the store, or the caller, takes.
        case tooLarge
        /// Worth another try, for the reason that is told.
        case transient(BackendTrouble)
        /// The task that asked is gone.
        case cancelled
        /// Anything else.
        case failed
    }

    /// Why it is worth another try; nil where it is not.
    package var trouble: BackendTrouble? {
        if case .transient(let trouble) = code { trouble } else { nil }
    }

    package var description: String {
        let words = [status.map { "status \($0)" }, cause.isEmpty ? nil : cause].compactMap(\.self)
        return words.isEmpty ? "\(code)" : words.joined(separator: ", ")
    }

    /// As the driver's callers know it.
    func at(_ operation: StaticString, _ path: StoragePath) -> StorageError {
        let code: StorageError.Code =
            switch code {
            case .notFound: .notFound
            case .noSpace: .noSpace
            case .tooLarge: .tooLarge
            case .invalidRange: .truncated
            default: .failed
            }
        return StorageError(code, operation, path, cause: description)
    }
}
