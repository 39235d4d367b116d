//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryReports

@Suite("Two reports, compared")
struct ReportComparisonTests {
    private func saved(_ change: (inout CapacityReport) -> Void) throws -> [UInt8] {
        var capacity = ReportSamples.capacity
        change(&capacity)
        var request = ReportRequest(.capacity)
        request.format = .json
        return try ReportText(try Report(capacity, request), request).flatMap(\.self)
    }

    private func rows(_ report: Report) -> [[ReportValue]] { report.tables[0].rows.map { Array($0.prefix(3)) } }

    @Test("tell what came, went and changed, and nothing where nothing did")
    func changes() throws {
        let old = try saved { _ in }
        let new = try saved { capacity in
            capacity.asOf = WallTime(microseconds: ReportSamples.time.microseconds + 1)
            capacity.repositories.removeFirst()
            capacity.repositories[1].figures.attributed += 100
            capacity.repositories.append(RepositoryCapacity(name: "y", figures: ReportSamples.figures(20)))
            capacity.totals.referenced += 5
        }
        let report = try ReportComparison.compare(old, new, ReportRequest(.diff))
        #expect(
            rows(report) == [
                [.text("x"), .text("changed"), .number(100)], [.text("y"), .text("new"), .number(20)],
                [.text("team/app"), .text("gone"), .number(-333)],
            ]
        )
        let facts = report.groups[0].facts ?? []
        #expect(facts.first { $0.name == "physical" }?.value == .number(5))
        #expect(rows(try ReportComparison.compare(old, old, ReportRequest(.diff))).isEmpty)
    }

    @Test("do not compare the disk as a whole where only one has looked at it")
    func sources() throws {
        let measured = try saved { capacity in
            capacity.source = .measured
            capacity.totals.orphan = 7
        }
        let report = try ReportComparison.compare(try saved { _ in }, measured, ReportRequest(.diff))
        #expect(report.groups[0].facts?.contains { $0.name == "physical" } == false)
        #expect(report.notes.count == 1)
    }

    @Test("have to be reports")
    func hostile() throws {
        let good = try saved { _ in }
        for text in [
            "", "[]", "{}", "{\"report\":\"capacity\"}", "{\"report\":\"usage\",\"as_of\":\"2026-01-01T00:00:00Z\"}",
            #"{"report":"capacity","as_of":"2026-01-01T00:00:00Z","totals":{},"repositories":[{"name":1}]}"#,
            #"{"report":"capacity","as_of":"soon","totals":{},"repositories":[]}"#,
            #"""
            {"report":"capacity","as_of":"2026-01-01T00:00:00Z","totals":{},"repositories":
            [{"name":"a","attributed":1e400,"exclusive":1.5,"deduplicated":1}]}
            """#,
        ] {
            #expect(throws: ReportFailure.self, "\(text)") {
                try ReportComparison.compare(Array(text.utf8), good, ReportRequest(.diff))
            }
        }
    }
}
