//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryReports

@Suite("What reports are asked for")
struct ReportRequestTests {
    private func failure(_ name: String, _ values: [String: String]) -> String? {
        #expect(throws: ReportFailure.self) { try ReportRequest(name, values, now: ReportSamples.time) }?.message
    }

    @Test("with nothing is what is usual")
    func usual() throws {
        let request = try ReportRequest("capacity", [:], now: ReportSamples.time)
        #expect(request == ReportRequest(.capacity))
        #expect(request.rowLimit == 20)
        #expect(try ReportRequest("capacity", ["format": "json"], now: ReportSamples.time).rowLimit == nil)
        #expect(try ReportRequest("usage", ["top": "0"], now: ReportSamples.time).rowLimit == nil)
        let since = try ReportRequest("usage", ["since": "7d"], now: ReportSamples.time).since
        #expect(since?.microseconds == ReportSamples.time.microseconds - 7 * 86_400_000_000)
    }

    @Test("wrongly is told in words")
    func refused() {
        #expect(failure("nothing", [:])?.hasPrefix("there is no report nothing; there are capacity, usage") == true)
        #expect(failure("diff", [:]) != nil)
        #expect(failure("capacity", ["since": "1d"]) == "the report capacity takes no since")
        #expect(failure("capacity", ["color": "true"]) == "there is no parameter color")
        #expect(failure("usage", ["since": "soon"]) == "since: soon is no time; such are 30d, 2026-11-24 and yesterday")
        #expect(failure("stale", ["days": "-1"]) == "days: -1 is not a whole number from 0")
        #expect(failure("stale", ["days": "99999999999999999999"]) != nil)
        #expect(failure("capacity", ["measured": "yes"]) == "measured: yes is neither true nor false")
        #expect(failure("capacity", ["format": "pdf"])?.hasPrefix("format: pdf is none of table, json") == true)
        #expect(failure("usage", ["format": "focus"]) != nil)
        #expect(failure("explain", [:]) == "the report explain needs a repository as scope")
        for price in ["", "-1", "1e3", "0.0000000001", "1.2.3", "99999999999", "."] {
            #expect(failure("capacity", ["price": price]) != nil, "\(price)")
        }
        #expect(failure("capacity", ["currency": "euro"]) != nil)
        #expect((try? CostPrice("1.25", currency: nil))?.billionths == 1_250_000_000)
    }

    @Test("within a scope is what is there, and nothing whose name only begins like it")
    func scope() throws {
        var request = ReportRequest(.capacity)
        request.scope = "team"
        #expect(request.covers("team") && request.covers("team/app"))
        #expect(!request.covers("teams") && !request.covers("team-a/b") && !request.covers("tea"))
        let report = try Report(ReportSamples.capacity, request)
        #expect(report.tables.map(\.rows.count) == [1, 2])
        request.scope = "nobody"
        #expect(throws: ReportFailure.self) { try Report(ReportSamples.capacity, request) }
        request.scope = nil
        request.depth = 0
        #expect(try Report(ReportSamples.capacity, request).tables.map(\.rows.count) == [1, 3])
        request.sort = "colour"
        #expect(throws: ReportFailure.self) { try Report(ReportSamples.capacity, request) }
        request.sort = "name"
        let names = try Report(ReportSamples.capacity, request).tables[1].rows.map { $0[0] }
        #expect(names == [.text("team/\"odd\", name"), .text("team/app"), .text("x")])
    }
}
