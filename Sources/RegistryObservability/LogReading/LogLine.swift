//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A line of a log, or an entry of the journal; valid until the next is read.
package struct LogLine {
    /// As it stands in the file, without its line feed.
    let bytes: UnsafeBufferPointer<UInt8>
    /// Nil if the line is neither a JSON object nor in combined format.
    let object: FlatObject?
    /// The fields have the journal's names.
    let isJournal: Bool
    /// It came out of the journal, which forgets the oldest.
    let isFromJournal: Bool
    /// The journal's namespace; nil is the default one, or no journal.
    let namespace: String?

    /// A line as it stands in a file, or an entry of the journal.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let object = FlatObject(bytes)
        self.bytes = bytes
        self.object = object
        self.isJournal = object?.raw("__CURSOR") != nil || object?.raw("__REALTIME_TIMESTAMP") != nil
        self.isFromJournal = isJournal
        self.namespace = isJournal ? object?.text("_NAMESPACE") : nil
    }

    /// The message of an entry of the journal.
    init(_ bytes: UnsafeBufferPointer<UInt8>, in namespace: String?) {
        self.bytes = bytes
        self.object = FlatObject(bytes)
        self.isJournal = false
        self.isFromJournal = true
        self.namespace = namespace
    }

    /// - Parameters:
    ///   - bytes: the line as it stands in the file, which is not JSON.
    ///   - object: what it means.
    init(_ bytes: UnsafeBufferPointer<UInt8>, meaning object: FlatObject?) {
        self.bytes = bytes
        self.object = object
        self.isJournal = false
        self.isFromJournal = false
        self.namespace = nil
    }

    func text(_ key: Key) -> String? { object?.text(isJournal ? key.journal : key.line) }

    func number(_ key: Key) -> Int64? { object?.number(isJournal ? key.journal : key.line) }

    /// Whether a member is this very text; cheaper than taking it out.
    func has(_ key: Key, _ text: StaticString) -> Bool {
        guard let raw = object?.raw(isJournal ? key.journal : key.line), raw.count == text.utf8CodeUnitCount + 2 else {
            return false
        }
        return raw[1..<(raw.count - 1)].elementsEqual(
            UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        )
    }

    /// Field `ts`; nil if the line has none.
    var time: WallTime? {
        guard let raw = object?.raw(isJournal ? Key.time.journal : Key.time.line), raw.count > 2 else { return nil }
        return WallTime(rfc3339: raw[1..<(raw.count - 1)])
    }

    /// The number of the entry in its run; nil if the line has none.
    var entryNumber: EntryNumber? {
        guard let epoch = text(.epoch), let sequence = number(.sequence) else { return nil }
        return EntryNumber(epoch: epoch, sequence: sequence)
    }

    /// A request, and not an event.
    var isRequest: Bool { has(.kind, "access") }

    /// Whether a log of ours has such lines, or it was understood as one.
    package var isOfLog: Bool { isRequest || has(.kind, "event") || entryNumber != nil }

    /// When what the line tells of was over, and the line written; nil if the line has no `ts`.
    var writingTime: WallTime? {
        guard let time else { return nil }
        return WallTime(microseconds: time.microseconds.addingReportingOverflow(number(.duration) ?? 0).partialValue)
    }

    /// A field, by its name in lines and in the journal.
    struct Key {
        let line: StaticString
        let journal: StaticString

        static var time: Key { Key(line: "ts", journal: "LOG_TIMESTAMP") }
        static var kind: Key { Key(line: "kind", journal: "LOG_KIND") }
        static var sequence: Key { Key(line: "seq", journal: "LOG_SEQ") }
        static var epoch: Key { Key(line: "epoch", journal: "LOG_EPOCH") }
        static var event: Key { Key(line: "event", journal: "REGISTRY_EVENT") }
        static var requestID: Key { Key(line: "request_id", journal: "REQUEST_ID") }
        static var clientRequestID: Key { Key(line: "client_request_id", journal: "CLIENT_REQUEST_ID") }
        static var traceID: Key { Key(line: "trace_id", journal: "TRACE_ID") }
        static var method: Key { Key(line: "method", journal: "HTTP_METHOD") }
        static var route: Key { Key(line: "route", journal: "HTTP_ROUTE") }
        static var status: Key { Key(line: "status", journal: "HTTP_STATUS") }
        static var unsentStatus: Key { Key(line: "unsent_status", journal: "HTTP_UNSENT_STATUS") }
        static var errorCode: Key { Key(line: "error_code", journal: "ERROR_CODE") }
        static var errorDetail: Key { Key(line: "error_detail", journal: "ERROR_DETAIL") }
        static var errorCause: Key { Key(line: "error_cause", journal: "ERROR_CAUSE") }
        static var repository: Key { Key(line: "repository", journal: "REGISTRY_REPOSITORY") }
        static var reference: Key { Key(line: "reference", journal: "REGISTRY_REFERENCE") }
        static var digest: Key { Key(line: "digest", journal: "REGISTRY_DIGEST") }
        static var user: Key { Key(line: "user", journal: "REGISTRY_USER") }
        static var remoteAddress: Key { Key(line: "remote_addr", journal: "CLIENT_ADDRESS") }
        static var client: Key { Key(line: "client", journal: "CLIENT_FAMILY") }
        static var bytesIn: Key { Key(line: "bytes_in", journal: "BYTES_IN") }
        static var bytesOut: Key { Key(line: "bytes_out", journal: "BYTES_OUT") }
        static var duration: Key { Key(line: "duration_us", journal: "DURATION_USEC") }
        static var outcome: Key { Key(line: "outcome", journal: "REQUEST_OUTCOME") }
        static var lost: Key { Key(line: "lost", journal: "REGISTRY_LOST") }
        static var sink: Key { Key(line: "sink", journal: "REGISTRY_SINK") }
        static var reason: Key { Key(line: "reason", journal: "REGISTRY_REASON") }
        static var firstSequence: Key { Key(line: "first_seq", journal: "REGISTRY_FIRST_SEQ") }
        static var lastSequence: Key { Key(line: "last_seq", journal: "REGISTRY_LAST_SEQ") }
        static var firstEpoch: Key { Key(line: "first_epoch", journal: "REGISTRY_FIRST_EPOCH") }
        static var lastEpoch: Key { Key(line: "last_epoch", journal: "REGISTRY_LAST_EPOCH") }
    }
}
