//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Fields in the journal's native form: `KEY=value` and a line feed, or, where the value has line feeds itself, the key, a
/// line feed, the length as 64-bit little-endian number, the value, and a line feed.
///
/// What is unknown is left out. Source: https://systemd.io/JOURNAL_NATIVE_PROTOCOL
struct JournalFieldBuffer: ~Copyable {
    private var text = TextBuffer(capacity: 4096)
    /// What every entry has.
    private let common: [UInt8]
    private let freeNames = FreeNames()

    /// The journal drops the whole entry at 1024 fields, and adds some of its own.
    private static let maximumFreeFields = 900

    init(epoch: String, fields: StaticFields) {
        var text = TextBuffer(capacity: 1024)
        text.append("SYSLOG_IDENTIFIER=plimsoll\n")
        text.append("LOG_EPOCH=\(epoch)\nLOG_SCHEMA=\(EntryEncoder.schemaVersion)\n")
        for field in fields.values { text.append(journalName: JournalName.free(field.key), field.value) }
        self.common = Array(text.bytes)
    }

    var bytes: UnsafeBufferPointer<UInt8> { text.bytes }

    mutating func removeAll() { text.removeAll() }

    /// Writes what comes before a request's own fields.
    ///
    /// `LOG_SEQ`, and `MESSAGE` if that is the line, are added by the sink.
    mutating func begin(_ record: RequestRecord, message: JournalMessage) {
        begin(record.start, record.severity, "LOG_KIND=access\n")
        if let action = record.auditAction { text.append("MESSAGE_ID=\(action.facts.messageID)\n") }
        if message == .text { text.append(journal: "MESSAGE=", record.summary) }
    }

    /// Writes all fields of an event.
    mutating func set(_ event: ServerEvent, message: JournalMessage) {
        begin(event.time, event.severity, "LOG_KIND=event\n")
        text.append("MESSAGE_ID=\(event.name.facts.messageID)\n")
        if message == .text { text.append(journal: "MESSAGE=", event.summary) }
        append(.event, event.name.rawValue, limit: EntryEncoder.eventTextLimit)
        append(.msg, event.message, limit: EntryEncoder.eventTextLimit)
        for field in event.fields.prefix(Self.maximumFreeFields) {
            let value =
                switch field.value {
                case .text(let text): text.cut(at: EntryEncoder.eventTextLimit)
                case .number(let number): "\(number)"
                }
            text.append(journalName: freeNames.name(of: field.key), value)
        }
    }

    private mutating func begin(_ time: WallTime, _ severity: Severity, _ kind: StaticString) {
        switch severity {
        case .debug: text.append("PRIORITY=7\n")
        case .info: text.append("PRIORITY=6\n")
        case .warn: text.append("PRIORITY=4\n")
        case .error: text.append("PRIORITY=3\n")
        }
        text.append(kind)
        text.append(LogKey.ts.journal)
        text.append(time)
        text.append("\n")
        common.withUnsafeBufferPointer { text.append($0) }
    }

    /// Writes a field of ours, cut at `limit` bytes.
    mutating func append(_ key: LogKey, _ value: String, limit: Int) {
        // Names of ours are constants; the equals sign is replaced where the value needs the other form.
        text.append(journal: key.journal, value.utf8.count > limit ? value.cut(at: limit) : value)
    }

    /// Writes a field of ours that has no line feed.
    mutating func append(_ key: LogKey, _ value: Slice<UnsafeBufferPointer<UInt8>>) {
        text.append(journal: key.journal, plain: UnsafeBufferPointer(rebasing: value))
    }

    /// Names of events' fields, which are few and come again.
    private struct FreeNames {
        private let known = Dictionary(
            uniqueKeysWithValues: EventField.allCases.map { ($0.rawValue, JournalName.free($0.rawValue)) }
        )

        func name(of key: String) -> String { known[key] ?? JournalName.free(key) }
    }
}
