//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("Finding and reading log files")
struct LogSourceTests {
    private let folder: TemporaryFolder

    init() throws { self.folder = try TemporaryFolder() }

    private func put(_ names: String...) throws {
        for name in names { try folder.write(Array("{\"name\":\"\(name)\"}\n".utf8), to: name) }
    }

    private func find(_ paths: String...) throws -> [String] {
        try LogSource.find(paths.map { folder.path + "/" + $0 }).map {
            String($0.path.dropFirst(folder.path.count + 1))
        }
    }

    @Test func rotatedFilesComeInTheirOrderAndTheWrittenOneLast() throws {
        let files = [
            "access-20261123T000000.000000Z-000002.jsonl.gz", "access-20261125T000000.000000Z-000003.jsonl.gz",
            "access-20261124T000000.000000Z-000010.jsonl", "access.jsonl",
            "audit-20261120T000000.000000Z-000001.jsonl", "audit.jsonl",
        ]
        for name in files.shuffled() { try put(name) }
        try put(".access-20261124T000000.000000Z-000010.jsonl.gz.tmp", ".access.jsonl.state", "notes.txt")
        #expect(try find("") == files.map { "/" + $0 })
        #expect(try find("access*") == Array(files[..<4]))
        #expect(try find("access*", "access.jsonl") == Array(files[..<4]))
    }

    @Test func logrotatesNamesAreUnderstood() throws {
        let byNumber = ["a.jsonl.10.gz", "a.jsonl.2.gz", "a.jsonl.1", "a.jsonl"]
        for name in byNumber.shuffled() { try put(name) }
        #expect(try find("a*") == byNumber)
        let byDate = ["b.log-20261122.gz", "b.log-20261123", "b.log"]
        for name in byDate.shuffled() { try put(name) }
        #expect(try find("b*") == byDate)
    }

    @Test func fileThatIsJustBeingCompressedCountsOnce() throws {
        try put("a-20261124T000000.000000Z-000001.jsonl", "a-20261124T000000.000000Z-000001.jsonl.gz")
        #expect(try find("a*") == ["a-20261124T000000.000000Z-000001.jsonl"])
    }

    @Test func logrotatesExtensionIsUnderstood() throws {
        let files = ["a-20261122.jsonl.gz", "a-20261123.jsonl", "a.jsonl"]
        for name in files.shuffled() { try put(name) }
        #expect(try find("a*") == files)
        #expect(try Set(LogSource.find([folder.path]).map(\.log)).count == 1)
    }

    @Test func fileOfTwoSpellingsCountsOnce() throws {
        try put("log/a.jsonl", "log/a-20261124T000000.000000Z-000001.jsonl")
        let paths = ["log", "log/", "log/../log/", "log/a.jsonl", "./log/a*"]
        #expect(try find("log").count == 2)
        #expect(try LogSource.find(paths.map { folder.path + "/" + $0 }).count == 2)
        #expect(try Set(LogSource.find(paths.map { folder.path + "/" + $0 }).map(\.log)).count == 1)
        #expect(link(folder.path + "/log/a.jsonl", folder.path + "/log/b.jsonl") == 0)
        #expect(try find("log").count == 2)
    }

    @Test func folderWithoutLogsTellsWhatIsLookedFor() throws {
        try put("access.txt")
        #expect {
            try find("")
        } throws: { error in
            "\(error)".contains("looked for are names in .jsonl, .json, .log, .ndjson, with .gz too")
        }
    }

    @Test func pathsThatLeadNowhereAreErrors() throws {
        #expect(throws: LogFileError.self) { try find("missing.jsonl") }
        #expect(throws: LogFileError.self) { try find("missing*.jsonl") }
        #expect(throws: LogFileError.self) { try find("") }
    }

    private func line(_ time: String, _ number: Int) -> String { #"{"ts":"\#(time)","seq":\#(number)}"# }

    @Test func boundsOfTimeHold() throws {
        let times = ["2026-11-24T10:00:00.000000Z", "2026-11-24T10:00:00.000001Z", "2026-11-24T11:00:00.000000Z"]
        let lines = times.enumerated().map { line($1, $0) } + ["no time"]
        try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "a.jsonl")
        var found: [String] = []
        let reader = LogReader(
            .paths([folder.path]),
            TimeWindow(since: WallTime(rfc3339: times[1].utf8), until: WallTime(rfc3339: times[2].utf8))
        )
        try reader.read { item in
            if case .line(let line) = item { found.append(String(decoding: line.bytes, as: UTF8.self)) }
            return true
        }
        #expect(found == [lines[1], "no time"])
    }

    @Test func longLinesAndTheLastAreWhole() throws {
        let lines = (0..<50).map { String(repeating: "x", count: $0 * 30_011) } + ["end"]
        try folder.write(Array(lines.joined(separator: "\n").utf8), to: "a.jsonl")
        var reader = try LineReader(path: folder.path + "/a.jsonl")
        for line in lines {
            #expect(try reader.advance())
            #expect(reader.line.count == line.utf8.count)
            #expect(reader.isWhole == (line != "end"))
        }
        #expect(try !reader.advance())
    }

    @Test(arguments: [
        ("2026-11-24", "2026-11-24T00:00:00.000000Z"), ("2026-11-24 10:30", "2026-11-24T10:30:00.000000Z"),
        ("2026-11-24T10:30:01", "2026-11-24T10:30:01.000000Z"),
        ("2026-11-24T10:30:01.5Z", "2026-11-24T10:30:01.500000Z"),
        ("2026-11-24T10:30:01+02:00", "2026-11-24T08:30:01.000000Z"), ("now", "2026-11-24T12:00:00.000000Z"),
        ("today", "2026-11-24T00:00:00.000000Z"), ("yesterday", "2026-11-23T00:00:00.000000Z"),
        ("90s", "2026-11-24T11:58:30.000000Z"), ("15m", "2026-11-24T11:45:00.000000Z"),
        ("-2h", "2026-11-24T10:00:00.000000Z"), ("7d", "2026-11-17T12:00:00.000000Z"),
    ])
    func timesAreUnderstood(text: String, time: String) {
        let now = ManualClock("2026-11-24T12:00:00.000000Z").now.wall
        #expect(WallTime(given: text, now: now)?.description == time)
    }

    @Test(arguments: [
        "", "h", "1y", "soon", "2026-13-01", "2026-11-24T", "2026-11-24T10", "24.11.2026", "99999999999h",
    ])
    func otherTimesAreNot(text: String) { #expect(WallTime(given: text, now: .now) == nil) }
}
