//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("Names of log files")
struct RotatedNameTests {
    private let time = WallTime(rfc3339: "2026-11-23T22:15:00.123456Z".utf8) ?? WallTime(microseconds: 0)

    @Test func nameTellsTimeAndNumber() throws {
        let name = RotatedName(time: time, sequence: 42)
        #expect(name.description == "20261123T221500.123456Z-000042")
        let file = LogFileName(path: "/var/log/plimsoll/access.jsonl")
        #expect(file.path(of: name, .plain) == "/var/log/plimsoll/access-20261123T221500.123456Z-000042.jsonl")
        #expect(file.path(of: name, .compressed).hasSuffix("-000042.jsonl.gz"))
        #expect(file.path(of: name, .compressing).hasSuffix("/.access-\(name).jsonl.gz.tmp"))
        #expect(file.path == "/var/log/plimsoll/access.jsonl")
        #expect(file.statePath == "/var/log/plimsoll/.access.jsonl.state")
    }

    @Test(arguments: [Int64(1), 42, 999_999, 1_000_000, 123_456_789_012])
    func nameIsReadBack(sequence: Int64) throws {
        let name = RotatedName(time: time, sequence: sequence)
        let file = LogFileName(path: "a/access.jsonl")
        for form in RotatedName.Form.allCases {
            let text = String(file.path(of: name, form).dropFirst(2))
            let (read, readForm) = try #require(file.rotated(text))
            #expect(read == name)
            #expect(readForm == form)
        }
    }

    @Test(arguments: [
        "access.jsonl", "access-.jsonl", "access-20261123T221500.123456Z.jsonl",
        "access-20261323T221500.123456Z-000042.jsonl", "access-20261123T221500.123456Z-00042x.jsonl",
        "access-audit-20261123T221500.123456Z-000042.jsonl", "access-20261123T221500.123456Z-000042.log",
        "access-20261123T221500.123456Z-000042.jsonl.zst", "access-20261123T221500.123456Z-000042.jsonl.gz.bad",
        "access-20261123T221500.123456Z-99999999999999999999.jsonl",
    ])
    func otherFilesAreNotOurs(name: String) {
        #expect(LogFileName(path: "access.jsonl").rotated(name) == nil)
    }

    @Test func pathsAreTakenApart() {
        #expect(LogFileName(path: "/a.b/log").stem == "log")
        #expect(LogFileName(path: "/a.b/log").suffix.isEmpty)
        #expect(LogFileName(path: "/log.jsonl").folder == "/")
        #expect(LogFileName(path: "/log.jsonl").path == "/log.jsonl")
        #expect(LogFileName(path: "log.jsonl").path == "./log.jsonl")
        #expect(LogFileName(path: ".hidden").stem == ".hidden")
    }

    @Test func calendarIsReadBothWays() {
        for day in stride(from: Int64(0), to: 80_000, by: 13) {
            let time = WallTime(microseconds: day * 86_400_000_000 + 12_345_678_901)
            #expect(WallTime(rfc3339: time.description.utf8) == time)
        }
        #expect(WallTime(year: 2026, month: 2, day: 29) == nil)
        #expect(WallTime(year: 2028, month: 2, day: 29) != nil)
        #expect(WallTime(year: 2100, month: 2, day: 29) == nil)
    }
}
