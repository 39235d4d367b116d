//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryReports

@Suite("Reports, written")
struct RenderingTests {
    @Test("as CSV are as RFC 4180 has it")
    func csv() throws {
        #expect(
            try ReportSamples.text(.csv) == """
                name,logical,deduplicated,exclusive,shared,attributed,manifests,tags,last_push,last_pull,pulls\r
                team/app,999,340,326,14,333,2,1,2026-11-18T11:06:40.000000Z,,9\r
                "team/""odd"", name",1002,341,327,14,334,2,1,2026-11-18T11:06:40.000000Z,,0\r
                x,999,340,326,14,333,2,1,2026-11-18T11:06:40.000000Z,,0\r

                """
        )
        let namespaces = try ReportSamples.text(.csv) { $0.table = "namespaces" }
        #expect(namespaces.split(separator: "\r\n").map { $0.prefix { $0 != "," } } == ["name", "", "team"])
        let failure = #expect(throws: ReportFailure.self) { try ReportSamples.text(.csv) { $0.table = "none" } }
        #expect(failure?.message == "table: there is no table none; there are namespaces, repositories")
    }

    @Test("as JSON Lines have one object a line, the first about the report")
    func jsonLines() throws {
        let lines = try ReportSamples.text(.jsonl).split(separator: "\n").map { try StrictJSON(Array($0.utf8)) }
        #expect(
            lines.map { $0["record"]?.string } == [
                "report", "namespace", "namespace", "repository", "repository", "repository",
            ]
        )
        #expect(
            try ReportSamples.text(.jsonl).split(separator: "\n")[4] == """
                {"record":"repository","name":"team/\\"odd\\", name","logical":1002,"deduplicated":341,"exclusive":327,\
                "shared":14,"attributed":334,"manifests":2,"tags":1,"last_push":"2026-11-18T11:06:40.000000Z",\
                "last_pull":null,"pulls":0}
                """
        )
    }

    @Test("as JSON are one object, with the names that are fixed and what is not known as null")
    func json() throws {
        let document = try StrictJSON(Array(try ReportSamples.text(.json).utf8))
        guard case .object(let members) = document, case .object(let totals)? = members["totals"] else {
            Issue.record("no object")
            return
        }
        #expect(
            Set(members.keys) == [
                "report", "schema_version", "as_of", "source", "duration_s", "scope", "totals", "filesystem",
                "repositories", "namespaces", "notes", "definitions",
            ]
        )
        let names: Set = [
            "logical", "deduplicated", "referenced", "unreferenced", "uploading", "orphan", "physical", "reclaimable",
        ]
        #expect(names.isSubset(of: totals.keys))
        #expect(totals["orphan"] == .null && totals["physical"] == .number(1050))
        #expect(document["duration_s"]?.number == 1.234567)
        #expect(document["repositories"]?.array?.count == 3)
        #expect(document["definitions"]?["attributed"]?.string?.isEmpty == false)
        #expect(document["filesystem"]?["free"]?.number == 4000)
    }

    @Test("as OpenMetrics have a type for each family, and end as they must")
    func openMetrics() throws {
        let text = try ReportSamples.text(.openmetrics)
        #expect(text.hasSuffix("# EOF\n"))
        #expect(text.contains("registry_report_capacity_referenced_bytes 1000\n"))
        #expect(
            text.contains(
                #"registry_report_capacity_repositories_attributed_bytes{name="team/\"odd\", name"} 334"# + "\n"
            )
        )
        #expect(text.contains(#"registry_report_capacity_repositories_pulls{name="team/app"} 9"#))
        #expect(!text.contains("orphan"))
        // Families are each in one piece.
        var (seen, last): (Set<Substring>, Substring) = ([], "")
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let family = line.prefix { $0 != "{" && $0 != " " }
            if family != last { #expect(seen.insert(family).inserted, "\(family)") }
            last = family
        }
    }

    @Test("as cost rows add up to the last digit")
    func costs() throws {
        let price = try CostPrice("0.000000321", currency: "EUR")
        let lines = try ReportSamples.text(.focus) { $0.price = price }.split(separator: "\r\n")
        let header = lines[0].split(separator: ",").map(String.init)
        func values(_ column: String) throws -> [String] {
            let index = try #require(header.firstIndex(of: column))
            // Only one name has commas, at the end of what is looked at.
            return lines.dropFirst().map { line in
                let fields = line.replacing("\"team/\"\"odd\"\", name\"", with: "odd").replacing(
                    "repository, by",
                    with: ""
                )
                return String(fields.split(separator: ",", omittingEmptySubsequences: false)[index])
            }
        }
        for column in ["BilledCost", "ConsumedQuantity"] {
            let scaled: [Int128] = try values(column).map { text in
                let parts = text.split(separator: ".")
                let fraction = parts.count > 1 ? String(parts[1]) : ""
                let zeros = String(repeating: "0", count: 18 - fraction.count)
                return try #require(Int128("\(parts[0])\(fraction)\(zeros)"))
            }
            #expect(scaled.count == 4 && scaled[0] > 0)
            #expect(scaled[0] == scaled.dropFirst().reduce(0, +), "\(column)")
        }
        #expect(try values("x_Row") == ["origin", "allocated", "allocated", "allocated"])
        #expect(try values("x_AttributedBytes") == ["1000", "333", "334", "333"])
        #expect(try values("BillingPeriodEnd").allSatisfy { $0 == "2026-12-01T00:00:00Z" })
        #expect(throws: ReportFailure.self) { try ReportSamples.text(.focus) { $0.top = 1 } }
    }

    @Test("for people are in line, cut, and without colours unless there is a terminal")
    func table() throws {
        let text = try ReportSamples.text(.table) { $0.top = 2 }
        #expect(text.contains("capacity, as of 2026-11-18T11:06:40Z, accounted, in 1.2 s\n"))
        #expect(text.contains("\n  (all) "))
        #expect(text.contains("… and 1 more; --top 0 prints all"))
        #expect(text.contains("  orphan                     -\n"))
        #expect(text.contains("attributed    each blob divided evenly"))
        #expect(!text.contains("\u{1b}"))
        #expect(try ReportSamples.text(.table) { $0.hasColour = true }.contains("\u{1b}[1mcapacity"))
        #expect(TableText.bar(0.5, 10) == "█████" && TableText.bar(0, 10).isEmpty && TableText.bar(1e-9, 10) == "▏")
        #expect(TableText.bytes(1023) == "1023 B" && TableText.bytes(1536) == "1.5 KiB")
        #expect(CostReport.decimal(-15, digits: 1) == "-1.5" && CostReport.decimal(5, digits: 3) == "0.005")
    }

    @Test("leave a terminal as it is, whatever clients are called")
    func controlCharacters() throws {
        var report = Report(.clients, asOf: ReportSamples.time, duration: .zero)
        report.scope = "a\u{1b}[2Jb"
        report.groups = [.init("totals", [ReportFact("last", .text, .text("x\r\u{9b}1A\u{202e}y"))])]
        report.tables = [
            ReportTable(
                "clients",
                [.init("client", isKey: true), .init("with")],
                rows: [[.text("\u{7}\n\u{1b}]0;t"), .list(["\u{8}"])]]
            )
        ]
        for format in [ReportFormat.table, .json, .jsonl, .openmetrics] {
            var request = ReportRequest(.clients)
            request.format = format
            let text = String(decoding: try ReportText(report, request).flatMap(\.self), as: UTF8.self)
            for scalar in ["\u{1b}", "\r", "\u{9b}", "\u{8}"] where format != .openmetrics {
                #expect(!text.contains(scalar), "\(format)")
            }
            if format == .table { #expect(!text.contains("\u{202e}")) }
            // And a line stays a line.
            #expect(!text.contains("\u{7}\n"), "\(format)")
        }
    }

    @Test("are made in pieces that do not grow with what is in them")
    func pieces() throws {
        var table = ReportTable("rows", [.init("name", isKey: true), .init("size", .bytes)])
        for number in 0..<50_000 { table.rows.append([.text("repository/\(number)"), .number(Int64(number))]) }
        var report = Report(.top, asOf: ReportSamples.time, duration: .zero)
        report.tables = [table]
        for format in [ReportFormat.table, .json, .jsonl, .csv, .openmetrics] {
            var request = ReportRequest(.top)
            request.format = format
            let pieces = Array(try ReportText(report, request))
            #expect(pieces.count > 10 && pieces.allSatisfy { $0.count < 70_000 }, "\(format)")
            let text = String(decoding: pieces.joined(), as: UTF8.self)
            for name in ["repository/0", "repository/49999"] { #expect(text.contains(name), "\(format)") }
        }
    }
}
