//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// A form in which the fields of an entry are written: JSON, or the journal's.
protocol FieldWriter: ~Copyable {
    /// Writes a text of any kind, cut at `limit` bytes.
    mutating func field(_ key: LogKey, _ text: String?, limit: Int)
    /// Writes a word of a fixed set or of a grammar in which nothing needs an escape.
    mutating func field(_ key: LogKey, word: String?)
    mutating func field(_ key: LogKey, _ number: Int64?)
    mutating func field(_ key: LogKey, _ id: WideID)
    mutating func field(_ key: LogKey, _ id: UInt64)
}

extension FieldWriter where Self: ~Copyable {
    /// Writes the fields that are a request's own, after the envelope.
    mutating func fields(of record: RequestRecord) {
        let limit = EntryEncoder.requestTextLimit
        field(.requestID, record.requestID)
        field(.traceID, record.trace.traceID)
        field(.spanID, record.trace.spanID)
        field(.method, record.method, limit: limit)
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

        known(.errorDetail, record.error?.detail)
        known(.errorCause, record.error?.cause)
        known(.authResult, record.authResult)
        known(.authReason, record.authReason)
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
