//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

extension TextBuffer {
    /// Appends the fields that are a request's own, after the envelope.
    mutating func fields(of request: LogEntry.Request) {
        field(.requestID, request.record.requestID)
        field(.traceID, request.record.trace.traceID)
        field(.spanID, request.record.trace.spanID)
        field(.method, request.record.method)
        field(.route, word: request.record.route.rawValue)
        field(.status, request.record.status == 0 ? nil : Int64(request.record.status))
        field(.errorCode, word: request.record.error?.code.rawValue)
        field(.repository, word: request.record.repository?.description)
        field(.reference, word: request.record.reference?.description)
        field(.digest, word: request.record.digest?.description)
        field(.user, request.record.user)
        field(.remoteAddress, request.record.remoteAddress.isEmpty ? nil : request.record.remoteAddress)
        field(.userAgent, request.record.userAgent.isEmpty ? nil : request.record.userAgent)
        field(.client, word: ClientFamily(userAgent: request.record.userAgent).rawValue)
        field(.bytesIn, request.record.bytesIn)
        field(.bytesOut, request.record.bytesOut)
        field(.duration, request.record.duration.microseconds)
        field(.timeToFirstByte, request.record.timeToFirstByte?.microseconds)
        field(.storageTime, request.record.storage.time.microseconds)
        field(.storageCalls, Int64(request.record.storage.calls))
        field(.cache, word: request.record.cache?.rawValue)
        field(.outcome, word: request.record.outcome.rawValue)

        known(.errorDetail, request.record.error?.detail)
        known(.errorCause, request.record.error?.cause)
        known(.authResult, request.record.authResult)
        known(.authReason, request.record.authReason)
        known(.forwardedFor, request.record.forwardedFor)
        known(.clientRequestID, request.record.clientRequestID)
        known(.range, request.record.range)
        if let id = request.record.uploadID { field(.uploadID, word: id.description) }
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
