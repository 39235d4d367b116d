//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A JSON value of a token or a key set, read as strictly as RFC 8259 allows: no key twice, no depth without bound,
/// nothing behind it.
package indirect enum StrictJSON: Equatable, Sendable {
    case object([String: StrictJSON])
    case array([StrictJSON])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    package static let maximumDepth = 8

    /// Reads a document.
    /// - Throws: what is wrong with it, and at which byte.
    package init(_ bytes: [UInt8]) throws(JSONFault) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw JSONFault("not UTF-8", at: 0) }
        var reader = StrictJSONReader(bytes)
        self = try reader.document()
    }

    /// A member of an object; nil if there is none, or this is none.
    package subscript(_ key: String) -> StrictJSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var array: [StrictJSON]? {
        if case .array(let items) = self { items } else { nil }
    }

    package var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var isObject: Bool {
        if case .object = self { true } else { false }
    }
}

/// What is wrong with a JSON document.
package struct JSONFault: Error, Equatable {
    package let message: String

    init(_ message: String, at position: Int) { self.message = "\(message) at byte \(position)" }
}
