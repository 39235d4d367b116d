//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

extension TextBuffer {
    /// Appends the fields that are a request's own, after the envelope.
    mutating func fields(of record: RequestRecord) {
        field(.requestID, record.requestID)
        field(.traceID, record.trace.traceID)
        field(.spanID, record.trace.spanID)
        field(.method, record.method)
        field(.route, word: record.route.rawValue)
        field(.status, record.status == 0 ? nil : Int64(record.status))
        field(.errorCode, word: record.error?.code.rawValue)
        field(.repository, word: record.repository?.description)
        field(.reference, word: record.reference?.description)
        field(.digest, word: record.digest?.description)
        field(.user, record.user)
        field(.remoteAddress, record.remoteAddress.isEmpty ? nil : record.remoteAddress)
        field(.userAgent, record.userAgent.isEmpty ? nil : record.userAgent)
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
    }

    /// Appends `,"key":"text"`, or null.
    mutating func field(_ key: LogKey, _ text: String?, limit: Int = LineEncoder.requestTextLimit) {
        append(key.opening)
        if let text { append(json: text, limit: limit) } else { append("null") }
    }

    /// Appends `,"key":"word"`, or null.
    /// - Parameter word: of a fixed set or of a grammar in which nothing needs an escape.
    mutating func field(_ key: LogKey, word: String?) {
        append(key.opening)
        guard var word else { return append("null") }
        word.withUTF8 { bytes in
            append(upTo: bytes.count + 2) { room in
                room[0] = UInt8(ascii: "\"")
                // Measured: on words as short as these a loop beats a call of memcpy.
                for position in bytes.indices { room[position + 1] = bytes[position] }
                room[bytes.count + 1] = UInt8(ascii: "\"")
                return bytes.count + 2
            }
        }
    }

    /// Appends `,"key":number`, or null.
    mutating func field(_ key: LogKey, _ number: Int64?) {
        append(key.opening)
        if let number { append(number) } else { append("null") }
    }

    /// Appends `,"key":"text"` if there is a text.
    private mutating func known(_ key: LogKey, _ text: String?) {
        if let text { field(key, text) }
    }

    private mutating func field(_ key: LogKey, _ id: WideID) {
        append(key.opening)
        append("\"")
        append(hexadecimal: id.high)
        append(hexadecimal: id.low)
        append("\"")
    }

    private mutating func field(_ key: LogKey, _ id: UInt64) {
        append(key.opening)
        append("\"")
        append(hexadecimal: id)
        append("\"")
    }
}
