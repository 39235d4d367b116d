//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Turns log entries into bytes: one JSON object each, keys in a fixed order, ended by a line feed, and the same facts as
/// fields for the journal.
struct EntryEncoder: ~Copyable {
    /// The version of the schema, as field `schema`; a field that changes its meaning or goes away raises it.
    static let schemaVersion: Int64 = 1
    /// Bytes of a request's text field beyond which it is cut; such texts come from clients.
    static let requestTextLimit = 512
    /// Bytes of an event's text field beyond which it is cut; these come from us and from libraries.
    static let eventTextLimit = 4096

    /// The fields `epoch` and `schema`, the same in every line.
    private let run: String
    private let fields: StaticFields
    private let journal: JournalForm?
    private let writesCombined: Bool
    private var writer: FieldWriter
    private var combined = TextBuffer(capacity: 1024)

    /// - Parameters:
    ///   - epoch: names this run of the server.
    ///   - fields: what every line ends with.
    ///   - journal: what the journal wants; nil when no entry goes there.
    ///   - writesCombined: whether a sink wants requests in combined format.
    init(epoch: String, fields: StaticFields, journal: JournalForm? = nil, writesCombined: Bool = false) {
        self.run = #","epoch":"\#(epoch)","schema":\#(Self.schemaVersion)"#
        self.fields = fields
        self.journal = journal
        self.writesCombined = writesCombined
        self.writer = FieldWriter(JournalFieldBuffer(epoch: epoch, fields: fields), hasJournal: journal != nil)
    }

    /// Encodes an entry.
    ///
    /// `ts` is when it happened; for a request, when it began.
    mutating func encode(_ entry: LogEntry) -> EncodedEntry {
        switch entry {
        case .request(let request): encode(request.record)
        case .event(let event): encode(event)
        }
    }

    private mutating func encode(_ record: RequestRecord) -> EncodedEntry {
        let headLength = begin(record.start, record.severity, #","kind":"access","seq":"#)
        writer.line.append(#","msg":"request""#)
        if let journal { writer.journal.begin(record, message: journal.message) }
        writer.fields(of: record)
        for field in fields.rendered { field.text.withUnsafeBufferPointer { writer.line.append($0) } }
        writer.line.append("}\n")
        if writesCombined { CombinedLineEncoder().encode(record, to: &combined) }
        return finish(record.auditAction == nil ? .access : [.access, .audit], record.severity, headLength)
    }

    private mutating func encode(_ event: ServerEvent) -> EncodedEntry {
        let headLength = begin(event.time, event.severity, #","kind":"event","seq":"#)
        writer.line.field(.event, word: event.name.rawValue)
        writer.line.field(.msg, event.message, limit: Self.eventTextLimit)
        for field in event.fields {
            writer.line.append(",")
            writer.line.append(json: field.key, limit: Self.eventTextLimit)
            writer.line.append(":")
            switch field.value {
            case .text(let text): writer.line.append(json: text, limit: Self.eventTextLimit)
            case .number(let number): writer.line.append(number)
            }
        }
        // An event's own field wins: a key must not stand in an object twice.
        for field in fields.rendered where !event.fields.contains(where: { $0.key == field.key }) {
            field.text.withUnsafeBufferPointer { writer.line.append($0) }
        }
        writer.line.append("}\n")
        if let journal { writer.journal.set(event, message: journal.message) }
        return finish(LogKinds(event), event.severity, headLength)
    }

    /// Writes the envelope, the same for all lines.
    /// - Parameter kind: the field `kind` with its value, and the key `seq`.
    /// - Returns: where the number belongs.
    private mutating func begin(_ time: WallTime, _ severity: Severity, _ kind: StaticString) -> Int {
        writer.line.removeAll()
        writer.journal.removeAll()
        combined.removeAll()
        writer.line.append(#"{"ts":""#)
        writer.line.append(time)
        writer.line.append("\"")
        writer.line.field(.level, word: severity.rawValue)
        writer.line.append(kind)
        let headLength = writer.line.count
        writer.line.append(run)
        return headLength
    }

    private func finish(_ kinds: LogKinds, _ severity: Severity, _ headLength: Int) -> EncodedEntry {
        EncodedEntry(
            kinds,
            severity,
            line: writer.line.bytes,
            headLength: headLength,
            fields: writer.journal.bytes,
            combined: combined.bytes
        )
    }
}
