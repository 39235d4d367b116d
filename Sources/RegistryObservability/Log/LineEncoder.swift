//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Turns log entries into lines: one JSON object each, keys in a fixed order, ended by a line feed.
struct LineEncoder {
    /// The version of the schema, as field `schema`; a field that changes its meaning or goes away raises it.
    static let schemaVersion: Int64 = 1
    /// Bytes of a request's text field beyond which it is cut; such texts come from clients.
    static let requestTextLimit = 512
    /// Bytes of an event's text field beyond which it is cut; these come from us and from libraries.
    static let eventTextLimit = 4096

    /// The fields `epoch` and `schema`, the same in every line.
    private let run: String
    private let fields: StaticFields
    private var sequence: Int64 = 0

    /// - Parameters:
    ///   - epoch: names this run of the server, in which `seq` counts from 1.
    ///   - fields: what every line ends with.
    init(epoch: String, fields: StaticFields) {
        self.run = #","epoch":"\#(epoch)","schema":\#(Self.schemaVersion)"#
        self.fields = fields
    }

    /// Appends the line of the next entry.
    ///
    /// `ts` is when it happened; for a request, when it began.
    mutating func encode(_ entry: LogEntry, to line: inout TextBuffer) {
        sequence += 1
        switch entry {
        case .request(let request): encode(request.record, to: &line)
        case .event(let event): encode(event, to: &line)
        }
    }

    private func encode(_ record: RequestRecord, to line: inout TextBuffer) {
        begin(record.start, record.severity, kind: #","kind":"access","seq":"#, &line)
        line.append(#","msg":"request""#)
        line.fields(of: record)
        for field in fields.rendered { field.text.withUnsafeBufferPointer { line.append($0) } }
        line.append("}\n")
    }

    private func encode(_ event: ServerEvent, to line: inout TextBuffer) {
        begin(event.time, event.severity, kind: #","kind":"event","seq":"#, &line)
        line.field(.event, word: event.name)
        line.field(.msg, event.message, limit: Self.eventTextLimit)
        for field in event.fields {
            line.append(",")
            line.append(json: field.key, limit: Self.eventTextLimit)
            line.append(":")
            switch field.value {
            case .text(let text): line.append(json: text, limit: Self.eventTextLimit)
            case .number(let number): line.append(number)
            }
        }
        // An event's own field wins: a key must not stand in an object twice.
        for field in fields.rendered where !event.fields.contains(where: { $0.key == field.key }) {
            field.text.withUnsafeBufferPointer { line.append($0) }
        }
        line.append("}\n")
    }

    /// The envelope, the same for all lines.
    /// - Parameter kind: the field `kind` with its value, and the key `seq`.
    private func begin(_ time: WallTime, _ severity: Severity, kind: StaticString, _ line: inout TextBuffer) {
        line.append(#"{"ts":""#)
        line.append(time)
        line.append("\"")
        line.field(.level, word: severity.rawValue)
        line.append(kind)
        line.append(sequence)
        line.append(run)
    }
}
