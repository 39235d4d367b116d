//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// Writes the fields of a request: into the line, and in the journal's form where one is wanted.
///
/// A value is made into text once; what stands in the line as it is, is copied from there.
struct FieldWriter: ~Copyable {
    var line = TextBuffer(capacity: 4096)
    var journal: JournalFieldBuffer
    private let hasJournal: Bool

    /// - Parameter hasJournal: whether entries go to a journal.
    init(_ journal: consuming JournalFieldBuffer, hasJournal: Bool) {
        self.journal = journal
        self.hasJournal = hasJournal
    }

    /// Writes a text of any kind, cut at `limit` bytes.
    private mutating func field(_ key: LogKey, _ text: String?, limit: Int) {
        guard let text else { return unknown(key) }
        line.append(key.opening)
        let start = line.count
        let isPlain = line.append(json: text, limit: limit)
        guard hasJournal else { return }
        if isPlain {
            journal.append(key, line.bytes[start + 1..<line.count - 1])
        } else {
            journal.append(key, text, limit: limit)
        }
    }

    /// Writes a word of a fixed set or of a grammar in which nothing needs an escape.
    private mutating func field(_ key: LogKey, word: String?) {
        guard let word else { return unknown(key) }
        quoted(key) { $0.append(word: word) }
    }

    private mutating func field(_ key: LogKey, _ number: Int64?) {
        guard let number else { return unknown(key) }
        line.append(key.opening)
        let start = line.count
        line.append(number)
        if hasJournal { journal.append(key, line.bytes[start...]) }
    }

    private mutating func field(_ key: LogKey, _ id: WideID) {
        quoted(key) { line in
            line.append(hexadecimal: id.high)
            line.append(hexadecimal: id.low)
        }
    }

    private mutating func field(_ key: LogKey, _ id: UInt64) {
        quoted(key) { $0.append(hexadecimal: id) }
    }

    @inline(__always)
    private mutating func quoted(_ key: LogKey, _ value: (inout TextBuffer) -> Void) {
        line.append(key.opening)
        line.append("\"")
        let start = line.count
        value(&line)
        if hasJournal { journal.append(key, line.bytes[start...]) }
        line.append("\"")
    }

    /// A field without a value is null in the line, and left out in the journal.
    private mutating func unknown(_ key: LogKey) {
        line.append(key.opening)
        line.append("null")
    }

    /// Writes the fields that are a request's own, after the envelope.
    mutating func fields(of record: RequestRecord) {
        let limit = EntryEncoder.requestTextLimit
        field(.requestID, record.requestID)
        field(.traceID, record.trace.traceID)
        field(.spanID, record.trace.spanID)
        field(.method, record.method.isEmpty ? nil : record.method, limit: limit)
        field(.version, word: record.version.rawValue)
        field(.route, word: record.route.rawValue)
        field(.status, record.status == 0 ? nil : Int64(record.status))
        field(.errorCode, word: record.error?.code.rawValue)
        field(.repository, word: record.repository?.description)
        field(.reference, word: record.reference?.description)
        field(.digest, word: record.digest?.description)
        field(.user, record.user, limit: limit)
        field(.remoteAddress, record.remoteAddress.isEmpty ? nil : record.remoteAddress, limit: limit)
        field(.userAgent, record.userAgent.isEmpty ? nil : record.userAgent, limit: limit)
        field(.client, word: ClientFamily(userAgent: record.userAgent).rawValue)
        field(.bytesIn, record.bytesIn)
        field(.bytesOut, record.bytesOut)
        field(.duration, record.duration.microseconds)
        field(.timeToFirstByte, record.timeToFirstByte?.microseconds)
        field(.storageTime, record.storage.time.microseconds)
        field(.storageCalls, Int64(record.storage.calls))
        field(.cache, word: record.cache?.rawValue)
        field(.outcome, word: record.outcome.rawValue)

        if let status = record.unsentStatus { field(.unsentStatus, Int64(status)) }
        known(.errorDetail, record.error?.detail)
        known(.errorCause, record.error?.cause)
        known(.authResult, record.authResult)
        if let reason = record.authReason { field(.authReason, word: reason.rawValue) }
        known(.authDetail, record.authDetail)
        known(.forwardedFor, record.forwardedFor)
        known(.clientRequestID, record.clientRequestID)
        known(.range, record.range)
        if let id = record.uploadID { field(.uploadID, word: id.description) }
        if let action = record.auditAction { field(.audit, word: action.rawValue) }
    }

    /// Writes a field only if there is a text.
    private mutating func known(_ key: LogKey, _ text: String?) {
        if let text { field(key, text, limit: EntryEncoder.requestTextLimit) }
    }
}
