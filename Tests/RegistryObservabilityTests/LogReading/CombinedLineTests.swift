//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("Reading lines in combined format")
struct CombinedLineTests {
    private func line(_ record: RequestRecord) -> String {
        var buffer = TextBuffer(capacity: 16)
        CombinedLineEncoder().encode(record, to: &buffer)
        return String(decoding: buffer.bytes.dropLast(), as: UTF8.self)
    }

    private func read<Result>(_ text: String, _ body: (LogLine) throws -> Result) throws -> Result {
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            guard let line = CombinedLine(bytes) else { throw NotCombined() }
            return try line.withLine { line in Swift.Result { try body(line) } }.get()
        }
    }

    private struct NotCombined: Error {}

    @Test func theEncodersLinesComeBack() throws {
        var record = try Sample.fullRecord()
        record.userAgent = "a \"quoted\" \\ agent\u{7}\u{e9}"
        record.remoteAddress = "2001:db8::7"
        record.version = .http2
        let text = line(record)
        try read(text) { line in
            #expect(String(decoding: line.bytes, as: UTF8.self) == text)
            #expect(line.isRequest)
            #expect(line.time == WallTime(microseconds: 1_700_000_000_000_000))
            #expect(line.text(.remoteAddress) == "2001:db8::7")
            #expect(line.text(.user) == "alice")
            #expect(line.text(.method) == "PUT")
            #expect(line.text(.route) == "manifest")
            #expect(line.text(.repository) == "team/app")
            #expect(line.text(.reference) == "v1")
            #expect(line.number(.status) == 507)
            #expect(line.number(.bytesOut) == 56)
            #expect(line.text(.outcome) == "failed")
            #expect(line.object?.text("http_version") == "2")
            #expect(line.object?.text("user_agent") == record.userAgent)
        }
    }

    @Test func aMethodThatNobodyCouldReadIsADash() throws {
        let text = line(Sample.emptyRecord(method: ""))
        #expect(text.contains(#" "- - HTTP/1.1" "#))
        try read(text) { line in #expect(line.text(.method) == nil) }
    }

    @Test func aClientThatHadGoneIsNoRefusal() throws {
        var record = try Sample.fullRecord()
        record.foundNobody(toTell: 500)
        try read(line(record)) { line in
            #expect(line.number(.status) == 499 && line.text(.outcome) == record.outcome.rawValue)
        }
    }

    @Test func linesOfOtherServersAreUnderstood() throws {
        let text =
            #"10.0.0.1 - - [01/Mar/2026:00:30:00 +0130] "#
            + #""GET /v2/tags/list/blobs/uploads/blobs/sha256:aa?x=/v2/ HTTP/2.0" 206 1024 "-" "containerd/1.7""#
        try read(text) { line in
            #expect(line.time?.description == "2026-02-28T23:00:00.000000Z")
            #expect(line.text(.repository) == "tags/list/blobs/uploads")
            #expect(line.text(.digest) == "sha256:aa")
            #expect(line.text(.client) == "containerd")
        }
        // The common format has neither referrer nor agent.
        try read(#"h - - [01/Mar/2026:00:30:00 +0000] "GET / HTTP/1.0" 404 -"#) { line in
            #expect(line.text(.route) == "unknown")
            #expect(line.number(.bytesOut) == 0)
            #expect(line.text(.outcome) == "refused")
        }
    }

    @Test(
        arguments: [
            "", "-", "a b c d e", #"{"ts":1}"#, #"h - - [01/Mar/2026:00:30:00 +0000] "GET / HTTP/1.1" x -"#,
            #"h - - [01/Xyz/2026:00:30:00 +0000] "GET / HTTP/1.1" 200 -"#, #"h - - [01/Mar/2026:00:30"#,
            #"h - - [01/Mar/2026:00:30:00 +0000] "GET / HTTP/1.1"#,
            #"h - - [99/Mar/2026:00:30:00 +0000] "GET / HTTP/1.1" 1 -"#,
            #"h - - [01/Mar/2026:00:30:00 +0000] "\"#,
        ]
    )
    func otherTextIsNone(_ text: String) {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            if let line = CombinedLine(bytes) { _ = line.withLine { Issue.record("\($0)") } }
        }
    }

    @Test func allPathsComeBack() throws {
        for route in RouteName.allCases {
            var record = try Sample.fullRecord()
            record.route = route
            let path = CombinedPath(record)
            let again = CombinedPath(path.description)
            #expect(again.route == route)
            #expect(again.description == path.description)
        }
    }

    @Test func questionsAndTimesWorkOnThem() throws {
        let folder = try TemporaryFolder()
        var text = ""
        for number in 0..<10 {
            var record = try Sample.fullRecord()
            record.start = WallTime(microseconds: 1_700_000_000_000_000 + Int64(number) * 1_000_000)
            (record.method, record.status, record.error, record.bytesOut) = ("GET", 200, nil, 100)
            text += line(record) + "\n"
        }
        try folder.write(Array(text.utf8), to: "combined.log")
        var query = Transfers(.pulls, by: .actor)
        let window = TimeWindow(since: WallTime(microseconds: 1_700_000_004_000_000), until: nil)
        var verification = LogVerification(window)
        try LogReader(.paths([folder.path]), window).read { item in
            if case .line(let line) = item { query.take(line) }
            verification.take(item)
            return true
        }
        #expect(
            query.answer(top: 3).rows.map { Array($0.prefix(4)) } == [
                [.text("alice"), .text("192.0.2.7"), .text("containerd"), .number(6)]
            ]
        )
        #expect(verification.unnumbered == 6)
        #expect(!verification.result.isSound)
        #expect(verification.result.verdict == "there is nothing to verify: none of 6 lines has a number")
    }
}
