//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The configured fields that every log line ends with, rendered once.
struct StaticFields: Sendable {
    /// A key, and `,"key":"value"` as bytes.
    let rendered: [(key: String, text: [UInt8])]
    /// The same, not rendered.
    let values: [(key: String, value: String)]

    /// Renders the fields, in the byte order of their keys.
    /// - Throws: ``ReservedFieldsError`` with every key that is one of the log's own.
    init(_ fields: [String: String]) throws(ReservedFieldsError) {
        let reserved = fields.keys.filter(LogKey.names.contains).sorted()
        guard reserved.isEmpty else { throw ReservedFieldsError(keys: reserved) }
        let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        self.values = sorted.map { ($0.key, $0.value.cut(at: EntryEncoder.eventTextLimit)) }
        self.rendered = sorted.map { key, value in
            var text = TextBuffer(capacity: 256)
            text.append(",")
            text.append(json: key, limit: EntryEncoder.eventTextLimit)
            text.append(":")
            text.append(json: value, limit: EntryEncoder.eventTextLimit)
            return (key, Array(text.bytes))
        }
    }
}

/// Configured log fields would overwrite the log's own.
package struct ReservedFieldsError: Error, Equatable, CustomStringConvertible {
    /// The keys that are taken, sorted.
    package let keys: [String]

    /// What to tell the operator, every key included.
    package var description: String {
        "log.fields must not have keys that the log writes itself: \(keys.joined(separator: ", "))"
    }
}
