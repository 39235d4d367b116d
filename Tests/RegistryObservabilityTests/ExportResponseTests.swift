//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("Answers of collectors")
struct ExportResponseTests {
    private func outcome(
        _ status: Int,
        _ body: String = "",
        retryAfter: String? = nil,
        isJSON: Bool = true
    ) -> ExportSchedule.Outcome {
        ExportResponse.outcome(status: status, retryAfter: retryAfter, body: Array(body.utf8), isJSON: isJSON)
    }

    @Test("only four codes ask to come again", arguments: Array(300...599))
    func codes(status: Int) {
        switch status {
        case 429, 502, 503, 504: #expect(outcome(status) == .unavailable(status: status, retryAfter: nil))
        default: #expect(outcome(status) == .refused(status: status, message: ""))
        }
    }

    @Test(
        "in JSON, spans that were rejected are found",
        arguments: [
            ("", 0, ""), ("{}", 0, ""), (#"{"partialSuccess":{}}"#, 0, ""), (#"{"partialSuccess":null}"#, 0, ""),
            (#"{"partialSuccess":{"rejectedSpans":"5","errorMessage":"why"}}"#, 5, "why"),
            (#"{"partialSuccess":{"rejectedSpans":5}}"#, 5, ""), (#"{"partialSuccess":{"rejectedSpans":-5}}"#, 0, ""),
            (#"{"partialSuccess":{"rejectedSpans":"x"}}"#, 0, ""), (#"{"partialSuccess":7}"#, 0, ""),
            (#"{"new":[1],"partialSuccess":{"rejectedSpans":"1","newer":{}}}"#, 1, ""), ("<html>", 0, ""), ("[", 0, ""),
        ]
    )
    func json(body: String, rejected: Int, message: String) {
        #expect(outcome(200, body) == .delivered(rejected: rejected, message: message))
    }

    @Test(
        "in protobuf, spans that were rejected are found",
        arguments: [
            ([], 0, ""), ([0x0a, 0], 0, ""), ([0x0a, 2, 8, 5], 5, ""), ([0x0a, 6, 8, 1, 0x12, 2, 0x68, 0x69], 1, "hi"),
            // Fields that nobody knows yet, of all types.
            ([0x10, 7, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x0a, 2, 8, 3], 3, ""),
            ([0x0a, 3, 8, 0xac, 2], 300, ""),
            // What is broken makes the delivery no less one.
            ([0x0a, 9, 8], 0, ""), ([0xff], 0, ""), ([0x0a, 1, 8], 0, ""), ([0x0b], 0, ""), ([0], 0, ""),
            (Array(repeating: 0xff, count: 40), 0, ""),
            ([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 0, ""),
        ] as [([UInt8], Int, String)]
    )
    func protobuf(body: [UInt8], rejected: Int, message: String) {
        let outcome = ExportResponse.outcome(status: 200, retryAfter: nil, body: body, isJSON: false)
        #expect(outcome == .delivered(rejected: rejected, message: message))
    }

    @Test(
        "Retry-After is seconds or a date",
        arguments: [
            ("0", .zero), ("120", .seconds(120)), ("-1", nil), ("", nil), ("soon", nil), ("1.5", nil),
            ("99999999999999", .seconds(1 << 32)),
            ("Tue, 14 Nov 2023 22:13:50 GMT", .seconds(30)), ("Tue, 14 Nov 2023 22:13:20 GMT", .zero),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("Tue, 14 Nov 2023 22:13:50 CET", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Tue, 32 Nov 2023 22:13:50 GMT", nil),
            ("Thu, 29 Feb 2024 00:00:00 GMT", .seconds(1_709_164_800 - 1_700_000_000)),
        ] as [(String, Duration?)]
    )
    func retryAfter(header: String, delay: Duration?) {
        let now = WallTime(microseconds: 1_700_000_000_000_000)
        #expect(HTTPDate.delay(retryAfter: header, now: now) == delay)
    }

    @Test("what a collector says is cut, and has no line breaks")
    func message() {
        let long = String(repeating: "x", count: 10_000)
        #expect(outcome(400, "a\nb\u{1b}c") == .refused(status: 400, message: "abc"))
        #expect(outcome(400, long) == .refused(status: 400, message: String(repeating: "x", count: 200)))
        guard case .delivered(_, let message) = outcome(200, #"{"partialSuccess":{"errorMessage":"\#(long)"}}"#) else {
            Issue.record("not delivered")
            return
        }
        #expect(message.utf8.count < 600)
    }
}
