//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryTelemetry

/// Where the identifiers of requests and their traces come from.
struct RequestIdentifiers: Sendable {
    let requests = RequestIDGenerator()
    let traces = IdentifierSource()
}

extension RequestRecord {
    /// Opens the record of a request, whose head has come.
    /// - Parameters:
    ///   - start: when it began, and the same moment on the clock of durations.
    static func begin(
        _ head: HTTPRequest,
        from connection: ConnectionHandle,
        ids: RequestIdentifiers,
        options: RegistryOptions,
        start: WallTime = .now,
        startInstant: MonotonicTime = .now
    ) -> RequestRecord {
        var generator = ids.traces.generator
        let headers = head.headerFields
        var record = RequestRecord(
            start: start,
            startInstant: startInstant,
            requestID: ids.requests.next(),
            trace: TraceContext(
                traceparent: options.continuesTraces ? headers[.traceparent] : nil,
                // Only spans have a place for it.
                tracestate: options.sampler == nil ? nil : headers[.tracestate],
                using: &generator
            ),
            method: head.method.rawValue,
            version: connection.version
        )
        if let sampler = options.sampler {
            // What a stream says of it is the client's word, and a connection of HTTP/1 does not say.
            let scheme = options.address.isEncrypted ? "https" : "http"
            record.spans = spans(of: record, head, scheme: scheme, sampler)
        }
        record.remoteAddress = connection.peer
        record.userAgent = headers[.userAgent] ?? ""
        record.forwardedFor = headers[.xForwardedFor].flatMap { isAddressList($0) ? $0 : nil }
        record.clientRequestID = headers[.requestID].flatMap { isIdentifier($0) ? $0 : nil }
        record.range = (headers[.range] ?? headers[.contentRange]).flatMap { isRange($0) ? $0 : nil }
        return record
    }

    private static func spans(
        of record: RequestRecord,
        _ head: HTTPRequest,
        scheme: String,
        _ sampler: TraceSampler
    ) -> SpanRecorder {
        SpanRecorder(
            record.trace,
            startInstant: record.startInstant,
            headReason: sampler.head(record.trace),
            sampler: sampler,
            target: RequestTarget(
                path: head.targetPath,
                scheme: scheme,
                authority: head.authority
            )
        )
    }

    /// Addresses of either family, with or without ports; anything else that stands there is nobody's address.
    private static func isAddressList(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: ","),
                UInt8(ascii: " "), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
    }

    /// Ranges of bytes in either header's form, at most 64 bytes long; what else stands there may be a secret.
    private static func isRange(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: ","), UInt8(ascii: "="),
                    UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: " "), UInt8(ascii: "b"), UInt8(ascii: "y"),
                    UInt8(ascii: "t"), UInt8(ascii: "e"), UInt8(ascii: "s"):
                    true
                default: false
                }
            }
    }

    /// What callers may name their requests by: printable, without spaces and quotes, at most 128 characters.
    private static func isIdentifier(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
    }
}
