//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A key that the log itself writes: of the envelope of every line, or of a request.
///
/// It holds the bytes that open a field, so that writing them is a single copy. docs/observability.md says what each
/// key means.
struct LogKey: Sendable {
    /// The comma before the field, the key and the colon: `,"key":`.
    let opening: StaticString

    private init(_ opening: StaticString) { self.opening = opening }

    // The envelope. Most of it is written in larger pieces, and only its names are used.
    static var ts: LogKey { LogKey(#","ts":"#) }
    static var level: LogKey { LogKey(#","level":"#) }
    static var kind: LogKey { LogKey(#","kind":"#) }
    static var seq: LogKey { LogKey(#","seq":"#) }
    static var epoch: LogKey { LogKey(#","epoch":"#) }
    static var schema: LogKey { LogKey(#","schema":"#) }
    static var event: LogKey { LogKey(#","event":"#) }
    static var msg: LogKey { LogKey(#","msg":"#) }

    // A request: always there, null when unknown.
    static var requestID: LogKey { LogKey(#","request_id":"#) }
    static var traceID: LogKey { LogKey(#","trace_id":"#) }
    static var spanID: LogKey { LogKey(#","span_id":"#) }
    static var method: LogKey { LogKey(#","method":"#) }
    static var route: LogKey { LogKey(#","route":"#) }
    static var status: LogKey { LogKey(#","status":"#) }
    static var errorCode: LogKey { LogKey(#","error_code":"#) }
    static var repository: LogKey { LogKey(#","repository":"#) }
    static var reference: LogKey { LogKey(#","reference":"#) }
    static var digest: LogKey { LogKey(#","digest":"#) }
    static var user: LogKey { LogKey(#","user":"#) }
    static var remoteAddress: LogKey { LogKey(#","remote_addr":"#) }
    static var userAgent: LogKey { LogKey(#","user_agent":"#) }
    static var client: LogKey { LogKey(#","client":"#) }
    static var bytesIn: LogKey { LogKey(#","bytes_in":"#) }
    static var bytesOut: LogKey { LogKey(#","bytes_out":"#) }
    static var duration: LogKey { LogKey(#","duration_us":"#) }
    static var timeToFirstByte: LogKey { LogKey(#","ttfb_us":"#) }
    static var storageTime: LogKey { LogKey(#","storage_us":"#) }
    static var storageCalls: LogKey { LogKey(#","storage_ops":"#) }
    static var cache: LogKey { LogKey(#","cache":"#) }
    static var outcome: LogKey { LogKey(#","outcome":"#) }

    // A request: only when known.
    static var errorDetail: LogKey { LogKey(#","error_detail":"#) }
    static var errorCause: LogKey { LogKey(#","error_cause":"#) }
    static var authResult: LogKey { LogKey(#","auth_result":"#) }
    static var authReason: LogKey { LogKey(#","auth_reason":"#) }
    static var forwardedFor: LogKey { LogKey(#","forwarded_for":"#) }
    static var clientRequestID: LogKey { LogKey(#","client_request_id":"#) }
    static var range: LogKey { LogKey(#","range":"#) }
    static var uploadID: LogKey { LogKey(#","upload_id":"#) }
}

extension LogKey {
    /// The names of all keys, which configured fields must not have; a test holds it against the lines themselves.
    static let names = Set(
        [
            ts, level, kind, seq, epoch, schema, event, msg, requestID, traceID, spanID, method, route, status,
            errorCode, repository, reference, digest, user, remoteAddress, userAgent, client, bytesIn, bytesOut,
            duration, timeToFirstByte, storageTime, storageCalls, cache, outcome, errorDetail, errorCause, authResult,
            authReason, forwardedFor, clientRequestID, range, uploadID,
        ].map(\.name)
    )

    private var name: String { String(opening.description.dropFirst(2).dropLast(2)) }
}
