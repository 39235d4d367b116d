//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A span as a file of traces has it.
package struct StoredSpan: Sendable, Equatable {
    package var traceID: String
    package var id: String
    /// Nil where the trace begins.
    package var parentID: String?
    package var name: String
    /// Nanoseconds since 1970.
    package var start: UInt64
    /// Nanoseconds since 1970; not before ``start``.
    package var end: UInt64
    /// Values as text.
    package var attributes: [String: String]
    package var isError: Bool
    /// What is wrong, in words; may be empty.
    package var message: String

    /// Nanoseconds.
    package var duration: UInt64 { end - start }

    subscript(_ name: AttributeName) -> String? { attributes[name.rawValue] }

    /// Whether this is the span of a request to the server.
    package var isRequest: Bool { self[.requestID] != nil }
}
