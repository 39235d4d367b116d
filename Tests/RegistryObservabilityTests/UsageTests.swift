//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct UsageTests {
    private func counts(_ pulls: Int64) -> UsageCounts { UsageCounts(pulls: pulls, sentBytes: 10 * pulls) }

    /// What happened before somebody had a place, or lost it, stays where it was counted.
    @Test func aPlaceIsTakenFromTheLeastUsedAndNothingThatWasCountedMoves() throws {
        var table = UsageTable(capacity: 2)
        let names = try ["a", "b", "c"].map { try RepositoryName($0) }
        for _ in 0..<30 { table.add(counts(1), to: names[0], exists: true) }
        for _ in 0..<20 { table.add(counts(1), to: names[1], exists: true) }
        let waiting = Int64(UsageTable.threshold) - 1
        for _ in 0..<waiting { table.add(counts(1), to: names[2], exists: true) }
        #expect(table.top(nil).named.map(\.name.description) == ["a", "b"])
        #expect(table.top(nil).other == counts(waiting))
        for _ in 0..<2 { table.add(counts(1), to: names[2], exists: true) }
        let (named, other) = table.top(nil)
        #expect(named.map(\.name.description) == ["a", "c"])
        #expect(named.map(\.counts.pulls) == [30, 2])
        // The newcomer has the rank of the one before it, and more: it has to be overtaken to lose its place.
        #expect(named.map(\.rank) == [30, 22])
        #expect(other == counts(waiting))
    }

    @Test func namesThatAreNotKnownToExistGetNoPlace() throws {
        var table = UsageTable(capacity: 2)
        table.add(counts(5), to: try RepositoryName("made/up"), exists: false)
        #expect(table.top(nil).named.isEmpty)
        #expect(table.top(nil).other == counts(5))
        table.add(counts(1), to: try RepositoryName("real"), exists: true)
        table.add(counts(1), to: try RepositoryName("real"), exists: false)
        #expect(table.top(nil).named.map(\.counts) == [counts(2)])
    }

    /// Those that are used most are named, each request counts once and when it happens, and no count ever becomes less.
    @Test func ratesAreAlwaysRight() throws {
        var table = UsageTable(capacity: 20)
        var exact: [Int: Int64] = [:]
        var before: [String: Int64] = [:]
        var generator = SystemRandomNumberGenerator()
        let names = try (0..<500).map { try RepositoryName("r\($0)") }
        for turn in 0..<50_000 {
            // Half of all goes to five repositories: to each twice what makes sure of one of twenty places.
            let number = Int.random(in: 0..<(turn % 2 == 0 ? 5 : 500), using: &generator)
            let one = counts(Int64.random(in: 0...3, using: &generator))
            table.add(one, to: names[number], exists: true)
            exact[number, default: 0] += one.pulls
            guard turn < 3000 else { continue }
            // As whoever takes rates has it: what was there has more or as much, and what is new begins.
            let (named, other) = table.top(nil)
            var now = Dictionary(uniqueKeysWithValues: named.map { ($0.name.description, $0.counts.pulls) })
            now["_other"] = other.pulls
            let increases = now.map { $0.value - (before[$0.key] ?? 0) }
            #expect(increases.allSatisfy { $0 >= 0 } && increases.reduce(0, +) == one.pulls)
            before = now
        }
        let (named, other) = table.top(nil)
        #expect(named.count == 20)
        for number in 0..<5 {
            let entry = try #require(named.first { $0.name == names[number] })
            // Exact from when it got its place, which it did early and kept.
            #expect(entry.counts.pulls <= exact[number] ?? 0)
            #expect(entry.counts.pulls > (exact[number] ?? 0) * 9 / 10)
        }
        // Fewer are named, and what the others did is nobody else's.
        #expect(table.top(5).named.map(\.name).sorted { $0.description < $1.description } == Array(names[..<5]))
        #expect(table.top(5).other == other)
    }

    /// The one with the least of all ranks goes, whatever was counted since they were put in order.
    @Test func theLeastUsedLosesItsPlace() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var table = UsageTable(capacity: 8)
            let names = try (0..<8).map { try RepositoryName("r\($0)") }
            for turn in 0..<400 {
                // Each of them once, so that all have a place.
                let name = turn < 8 ? names[turn] : names.randomElement(using: &generator) ?? names[0]
                if table.top(nil).named.contains(where: { $0.name == name }) || turn < 8 {
                    table.add(counts(1), to: name, exists: true)
                }
                guard turn % 40 == 39 else { continue }
                let least = table.top(nil).named.map(\.rank).min()
                let old = table.top(nil).named
                let newcomer = try RepositoryName("new\(turn)")
                for _ in 0..<UsageTable.threshold { table.add(counts(1), to: newcomer, exists: true) }
                let new = table.top(nil).named
                let gone = old.filter { entry in !new.contains { $0.name == entry.name } }
                #expect(gone.map(\.rank) == [least])
                #expect(new.first { $0.name == newcomer }?.rank == least.map { $0 + 1 })
            }
        }
    }

    /// Names that are made up take no place from anybody, and count all the same.
    @Test func hostileNamesCannotFillTheTable() throws {
        let usage = UsageMetrics(capacity: 2)
        usage.conclude(try record("GET", .manifest, 200, "real", bytesOut: 1))
        for number in 0..<100 { usage.conclude(try record("PUT", .manifest, 400, "made/up\(number)")) }
        usage.conclude(try record("PUT", .manifest, 400, "real"))
        var writer = ExpositionWriter(format: .text, capacity: 100)
        usage.write(top: nil, to: &writer)
        let lines = String(decoding: writer.finish().text, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("registry_repository_refused") }
        #expect(
            lines == [
                #"registry_repository_refused_requests_total{repository="real"} 1"#,
                #"registry_repository_refused_requests_total{repository="_other"} 100"#,
            ]
        )
    }

    private func record(
        _ method: String,
        _ route: RouteName,
        _ status: Int,
        _ name: String?,
        bytesIn: Int64 = 0,
        bytesOut: Int64 = 0
    ) throws -> RequestRecord {
        var record = Sample.emptyRecord()
        record.method = method
        record.route = route
        record.status = status
        record.repository = try name.map { try RepositoryName($0) }
        record.bytesIn = bytesIn
        record.bytesOut = bytesOut
        return record
    }

    @Test func requestsAreCountedAsWhatTheyAre() throws {
        let usage = UsageMetrics(capacity: 10)
        var gone = try record("PATCH", .blobUploadChunk, 499, "a/b", bytesIn: 1000)
        gone.isAborted = true
        for record in [
            try record("GET", .manifest, 200, "a/b", bytesOut: 500),
            try record("HEAD", .manifest, 200, "a/b"),
            try record("GET", .manifest, 304, "a/b"),
            try record("PUT", .manifest, 201, "a/b", bytesIn: 300),
            try record("GET", .blob, 206, "a/b", bytesOut: 7000),
            try record("PUT", .blobUploadChunk, 201, "new", bytesIn: 11),
            // None of these shows that there is such a repository.
            try record("PATCH", .blobUploadChunk, 202, "begun", bytesIn: 13),
            try record("GET", .referrers, 200, "asked", bytesOut: 17),
            // And none of these was served; what is asked for and not there is no error. Bytes are bytes.
            try record("GET", .manifest, 404, "no", bytesOut: 99),
            try record("GET", .manifest, 404, "a/b", bytesOut: 99),
            try record("GET", .manifest, 401, "a/b", bytesOut: 99),
            try record("GET", .manifest, 500, "no", bytesOut: 99),
            try record("PUT", .manifest, 400, "no", bytesOut: 99),
            try record("PUT", .manifest, 400, "a/b", bytesOut: 99),
            try record("GET", .blob, 503, "a/b", bytesOut: 99),
            try record("GET", .blob, 500, "a/b", bytesOut: 99),
            gone,
            try record("GET", .catalog, 200, nil, bytesOut: 99),
        ] { usage.conclude(record) }
        var writer = ExpositionWriter(format: .text, capacity: 100)
        usage.write(top: nil, to: &writer)
        let lines = String(decoding: writer.finish().text, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                #"registry_repository_pulls_total{repository="a/b"} 1"#,
                #"registry_repository_pulls_total{repository="new"} 0"#,
                #"registry_repository_pulls_total{repository="_other"} 0"#,
                #"registry_repository_pushes_total{repository="a/b"} 1"#,
                #"registry_repository_pushes_total{repository="new"} 0"#,
                #"registry_repository_pushes_total{repository="_other"} 0"#,
                #"registry_repository_received_bytes_total{repository="a/b"} 1300"#,
                #"registry_repository_received_bytes_total{repository="new"} 11"#,
                #"registry_repository_received_bytes_total{repository="_other"} 13"#,
                #"registry_repository_sent_bytes_total{repository="a/b"} 7995"#,
                #"registry_repository_sent_bytes_total{repository="new"} 0"#,
                #"registry_repository_sent_bytes_total{repository="_other"} 314"#,
                #"registry_repository_refused_requests_total{repository="a/b"} 1"#,
                #"registry_repository_refused_requests_total{repository="new"} 0"#,
                #"registry_repository_refused_requests_total{repository="_other"} 1"#,
                #"registry_repository_failed_requests_total{repository="a/b"} 2"#,
                #"registry_repository_failed_requests_total{repository="new"} 0"#,
                #"registry_repository_failed_requests_total{repository="_other"} 1"#,
            ]
        )
    }

    @Test func anAnswerThatTheServerBrokeOffHasFailed() throws {
        let usage = UsageMetrics(capacity: 10)
        var broken = try record("GET", .blob, 200, "a/b", bytesOut: 7)
        broken.isBrokenOff = true
        usage.conclude(broken)
        var writer = ExpositionWriter(format: .text, capacity: 100)
        usage.write(top: nil, to: &writer)
        let text = String(decoding: writer.finish().text, as: UTF8.self)
        #expect(text.contains("registry_repository_failed_requests_total{repository=\"a/b\"} 1\n"))
        #expect(text.contains("registry_repository_sent_bytes_total{repository=\"a/b\"} 7\n"))
    }

    @Test func thePageHasWhatRepositoriesHold() throws {
        let pages = MetricsPages(
            Sample.exposition(Instruments(driverName: "filesystem")),
            usage: UsageMetrics(capacity: 1),
            capacity: CapacityCollector { Sample.stored }
        )
        let names = ["registry_repository_deduplicated_bytes", "registry_repository_exclusive_bytes"]
        func lines(top: Int?) throws -> [Substring] {
            let page = try #require(pages.page(MetricsRequest(path: "/usage", names: names, top: top)))
            return String(decoding: page.body, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        }
        #expect(
            try lines(top: nil) == [
                #"registry_repository_deduplicated_bytes{repository="a"} 800"#,
                #"registry_repository_deduplicated_bytes{repository="b"} 900"#,
                #"registry_repository_exclusive_bytes{repository="a"} 700"#,
                #"registry_repository_exclusive_bytes{repository="b"} 1"#,
            ]
        )
        #expect(try lines(top: 1).first == #"registry_repository_deduplicated_bytes{repository="b"} 900"#)
    }

    @Test func thePageNamesAsManyAsAreAskedFor() throws {
        let usage = UsageMetrics(capacity: 10)
        for (name, count) in [("a", 3), ("b", 5), ("c", 1)] {
            for _ in 0..<count { usage.conclude(try record("GET", .manifest, 200, name, bytesOut: 1)) }
        }
        let pages = MetricsPages(Sample.exposition(Instruments(driverName: "filesystem")), usage: usage)
        let names = ["registry_repository_pulls"]
        let page = try #require(pages.page(MetricsRequest(path: "/usage", names: names, top: 1)))
        let lines = String(decoding: page.body, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                #"registry_repository_pulls_total{repository="b"} 5"#,
                #"registry_repository_pulls_total{repository="_other"} 0"#,
            ]
        )
    }
}
