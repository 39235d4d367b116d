//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A key that the log itself writes: of the envelope of every line, or of a request.
///
/// It holds the bytes that open a field, so that writing them is a single copy. `LogSchema` says what each key means.
struct LogKey: Sendable {
    /// The comma before the field, the key and the colon: `,"key":`.
    let opening: StaticString
    /// The key in the journal and the equals sign: `KEY=`.
    let journal: StaticString

    private init(_ opening: StaticString, _ journal: StaticString) {
        self.opening = opening
        self.journal = journal
    }

    // The envelope. Most of it is written in larger pieces, and only its names are used.
    static var ts: LogKey { LogKey(#","ts":"#, "LOG_TIMESTAMP=") }
    static var level: LogKey { LogKey(#","level":"#, "PRIORITY=") }
    static var kind: LogKey { LogKey(#","kind":"#, "LOG_KIND=") }
    static var seq: LogKey { LogKey(#","seq":"#, "LOG_SEQ=") }
    static var epoch: LogKey { LogKey(#","epoch":"#, "LOG_EPOCH=") }
    static var schema: LogKey { LogKey(#","schema":"#, "LOG_SCHEMA=") }
    static var event: LogKey { LogKey(#","event":"#, "REGISTRY_EVENT=") }
    static var msg: LogKey { LogKey(#","msg":"#, "REGISTRY_MSG=") }

    // A request: always there, null when unknown.
    static var requestID: LogKey { LogKey(#","request_id":"#, "REQUEST_ID=") }
    static var traceID: LogKey { LogKey(#","trace_id":"#, "TRACE_ID=") }
    static var spanID: LogKey { LogKey(#","span_id":"#, "SPAN_ID=") }
    static var method: LogKey { LogKey(#","method":"#, "HTTP_METHOD=") }
    static var version: LogKey { LogKey(#","http_version":"#, "HTTP_VERSION=") }
    static var route: LogKey { LogKey(#","route":"#, "HTTP_ROUTE=") }
    static var status: LogKey { LogKey(#","status":"#, "HTTP_STATUS=") }
    static var errorCode: LogKey { LogKey(#","error_code":"#, "ERROR_CODE=") }
    static var repository: LogKey { LogKey(#","repository":"#, "REGISTRY_REPOSITORY=") }
    static var reference: LogKey { LogKey(#","reference":"#, "REGISTRY_REFERENCE=") }
    static var digest: LogKey { LogKey(#","digest":"#, "REGISTRY_DIGEST=") }
    static var user: LogKey { LogKey(#","user":"#, "REGISTRY_USER=") }
    static var remoteAddress: LogKey { LogKey(#","remote_addr":"#, "CLIENT_ADDRESS=") }
    static var userAgent: LogKey { LogKey(#","user_agent":"#, "HTTP_USER_AGENT=") }
    static var client: LogKey { LogKey(#","client":"#, "CLIENT_FAMILY=") }
    static var bytesIn: LogKey { LogKey(#","bytes_in":"#, "BYTES_IN=") }
    static var bytesOut: LogKey { LogKey(#","bytes_out":"#, "BYTES_OUT=") }
    static var duration: LogKey { LogKey(#","duration_us":"#, "DURATION_USEC=") }
    static var timeToFirstByte: LogKey { LogKey(#","ttfb_us":"#, "TTFB_USEC=") }
    static var storageTime: LogKey { LogKey(#","storage_us":"#, "STORAGE_USEC=") }
    static var storageCalls: LogKey { LogKey(#","storage_ops":"#, "STORAGE_OPS=") }
    static var cache: LogKey { LogKey(#","cache":"#, "CACHE_OUTCOME=") }
    static var outcome: LogKey { LogKey(#","outcome":"#, "REQUEST_OUTCOME=") }

    // A request: only when known.
    static var unsentStatus: LogKey { LogKey(#","unsent_status":"#, "HTTP_UNSENT_STATUS=") }
    static var errorDetail: LogKey { LogKey(#","error_detail":"#, "ERROR_DETAIL=") }
    static var errorCause: LogKey { LogKey(#","error_cause":"#, "ERROR_CAUSE=") }
    static var authResult: LogKey { LogKey(#","auth_result":"#, "AUTH_RESULT=") }
    static var authReason: LogKey { LogKey(#","auth_reason":"#, "AUTH_REASON=") }
    static var authDetail: LogKey { LogKey(#","auth_detail":"#, "AUTH_DETAIL=") }
    static var forwardedFor: LogKey { LogKey(#","forwarded_for":"#, "HTTP_FORWARDED_FOR=") }
    static var clientRequestID: LogKey { LogKey(#","client_request_id":"#, "CLIENT_REQUEST_ID=") }
    static var range: LogKey { LogKey(#","range":"#, "HTTP_RANGE=") }
    static var uploadID: LogKey { LogKey(#","upload_id":"#, "UPLOAD_ID=") }
    static var audit: LogKey { LogKey(#","audit":"#, "REGISTRY_AUDIT=") }
}

extension LogKey {
    /// The key in a line.
    var name: String { String(opening.description.dropFirst(2).dropLast(2)) }

    /// The key in the journal.
    var journalName: String { String(journal.description.dropLast()) }

    /// The names of all keys, which configured fields must not have; a test holds it against the lines themselves.
    static let names = Set(LogSchema.fields.map(\.key.name))
}
