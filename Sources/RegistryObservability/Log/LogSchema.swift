//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The schema of log entries: every field that the log itself writes, and what it means.
///
/// The JSON schema and the tables of the documents are made from this and from the catalogue of events.
package enum LogSchema {
    struct Field: Sendable {
        let key: LogKey
        let type: FieldType
        let meaning: String
        let presence: Presence

        init(_ key: LogKey, _ type: FieldType, _ presence: Presence, _ meaning: String) {
            self.key = key
            self.type = type
            self.meaning = meaning
            self.presence = presence
        }
    }

    /// What a value is; a word is a text of a fixed set or grammar.
    enum FieldType: Sendable {
        case time, word, text, number
    }

    /// When a field is there.
    enum Presence: Sendable {
        /// In every line.
        case everywhere
        /// In the lines of events only.
        case events
        /// In every line of a request.
        case requests
        /// In every line of a request, null when unknown.
        case nullable
        /// In lines of requests, when known.
        case known
    }

    /// In the order of the lines.
    static let fields: [Field] = [
        Field(.ts, .time, .everywhere, "RFC 3339 in UTC with microseconds; of a request, when its head had come"),
        Field(
            .level,
            .word,
            .everywhere,
            "how grave it is; in the journal 7 for debug, 6 for info, 4 for warn, 3 for error"
        ),
        Field(.kind, .word, .everywhere, "access for requests, event for all else"),
        Field(.seq, .number, .everywhere, "number of the entry in this sink and this run, from 1"),
        Field(.epoch, .word, .everywhere, "names this run of the server"),
        Field(.schema, .number, .everywhere, "version of this schema"),
        Field(.event, .word, .events, "stable name of the event"),
        Field(.msg, .text, .everywhere, "a constant sentence"),

        Field(.requestID, .word, .requests, "as answered in X-Request-Id"),
        Field(.traceID, .word, .requests, "W3C trace"),
        Field(.spanID, .word, .requests, "the request's own span in the trace"),
        Field(.method, .text, .nullable, "as sent"),
        Field(.version, .word, .requests, "version of HTTP: 1.1 or 2"),
        Field(.route, .word, .requests, "name of the route"),
        Field(.status, .number, .nullable, "HTTP status answered"),
        Field(.errorCode, .word, .nullable, "code of the error envelope"),
        Field(.repository, .word, .nullable, "name of the repository"),
        Field(.reference, .word, .nullable, "tag or digest that a manifest was asked for by"),
        Field(.digest, .word, .nullable, "the content served or stored"),
        Field(.user, .text, .nullable, "who it was"),
        Field(.remoteAddress, .text, .nullable, "address of the peer of the connection"),
        Field(.userAgent, .text, .nullable, "as sent"),
        Field(.client, .word, .requests, "program behind the user agent, from a fixed table"),
        Field(.bytesIn, .number, .requests, "body received, in bytes"),
        Field(.bytesOut, .number, .requests, "body handed to the network, in bytes"),
        Field(
            .duration,
            .number,
            .requests,
            """
            from the end of the request's head to the last byte of the answer, in microseconds; of a head that is refused \
            before its end, from its first byte
            """
        ),
        Field(.timeToFirstByte, .number, .nullable, "until the head of the answer was ready, in microseconds"),
        Field(.storageTime, .number, .requests, "spent in calls of the storage driver, in microseconds"),
        Field(.storageCalls, .number, .requests, "calls of the storage driver"),
        Field(.cache, .word, .nullable, "what the cache of manifests knew: hit or miss"),
        Field(.outcome, .word, .requests, "ok, refused, failed or aborted"),

        Field(
            .unsentStatus,
            .number,
            .known,
            "HTTP status of the answer, where the client had gone before it was sent"
        ),
        Field(.errorDetail, .text, .known, "what is wrong, as the client was told"),
        Field(.errorCause, .text, .known, "what is wrong, for the operator only"),
        Field(.authResult, .text, .known, "what authentication and authorization came to"),
        Field(.authReason, .word, .known, "why, in one word"),
        Field(.authDetail, .text, .known, "what exactly it was, for the operator only"),
        Field(.forwardedFor, .text, .known, "X-Forwarded-For as sent"),
        Field(.clientRequestID, .text, .known, "X-Request-Id as sent"),
        Field(.range, .text, .known, "Range or Content-Range of the request"),
        Field(.uploadID, .word, .known, "the upload session"),
        Field(.audit, .word, .known, "denied, written or deleted, where an auditor cares"),
    ]
}
