//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Something that happens beside the requests, worth a log line of its own.
package struct ServerEvent: Sendable {
    package let name: EventName
    package let severity: Severity
    /// A constant sentence; what varies stands in the fields.
    package let message: String
    package let fields: [Field]
    package let time: WallTime

    /// An event that happens now.
    /// - Parameter fields: of those that the catalogue lists for it.
    package init(_ name: EventName, _ fields: [Field] = []) {
        let facts = name.facts
        assert(fields.allSatisfy { field in facts.fields.contains { $0.rawValue == field.key } }, "unlisted field")
        self.init(name, facts.severity ?? .info, facts.message, fields)
    }

    private init(_ name: EventName, _ severity: Severity, _ message: String, _ fields: [Field]) {
        self.name = name
        self.severity = severity
        self.message = message
        self.fields = fields
        self.time = .now
    }

    /// What a library has to say: the one event with words and fields that are not ours.
    package static func library(_ severity: Severity, _ message: String, _ fields: [Field]) -> ServerEvent {
        ServerEvent(.libraryLog, severity, message, fields)
    }

    /// A named value.
    package struct Field: Sendable {
        package let key: String
        package let value: Value

        package init(_ field: EventField, _ value: Value) {
            self.init(free: field.rawValue, value)
        }

        /// A field of a library's, whose name is not ours.
        package init(free key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// Text, or a number that stays a number.
    package enum Value: Sendable, Equatable {
        case text(String)
        case number(Int64)
    }
}
