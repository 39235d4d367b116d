//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryReports
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("Capacity, read from the ledger", .timeLimit(.minutes(3)))
struct LedgerCapacityTests {
    /// All content that is there, with its size.
    private func stored(_ driver: any StorageDriver) async throws -> [Digest: Int64] {
        var all: [Digest: Int64] = [:]
        for algorithm in DigestAlgorithm.allCases {
            for byte in UInt8.min...UInt8.max {
                all.merge(try await TreeReader(driver).shard(algorithm, byte)) { first, _ in first }
            }
        }
        return all
    }

    private func check(_ bench: LedgerBench, _ comment: Comment) async throws {
        let reading = try await bench.ledger.report { (tables) throws(LedgerError) in
            try LedgerCapacity(tables, youngest: .now)
        }
        let (figures, reached) = try await BruteForce.all(bench.driver)
        let sizes = try await stored(bench.driver)
        func bytes(_ digests: Set<Digest>) -> Int64 { digests.reduce(0) { $0 + (sizes[$1] ?? 0) } }
        #expect(reading.repositories.map(\.name).sorted() == figures.map(\.name).sorted(), comment)
        for row in reading.repositories {
            let expected = try #require(figures.first { $0.name == row.name })
            #expect(row.figures.logical == expected.logicalBytes, comment)
            #expect(row.figures.deduplicated == expected.deduplicatedBytes, comment)
            #expect(row.figures.exclusive == expected.exclusiveBytes, comment)
            #expect(row.figures.manifests == expected.manifests && row.figures.tags == expected.tags, comment)
        }
        for namespace in reading.namespaces {
            let inside = reached.filter {
                namespace.name.isEmpty || $0.key == namespace.name || $0.key.hasPrefix(namespace.name + "/")
            }
            let outside = reached.filter { inside[$0.key] == nil }.values.reduce(into: Set()) { $0.formUnion($1) }
            let all = inside.values.reduce(into: Set()) { $0.formUnion($1) }
            #expect(namespace.repositories == inside.count, comment)
            #expect(namespace.figures.deduplicated == bytes(all), comment)
            #expect(namespace.figures.exclusive == bytes(all.subtracting(outside)), comment)
            let rows = reading.repositories.filter { inside[$0.name] != nil }
            #expect(namespace.figures.attributed == rows.reduce(0) { $0 + $1.figures.attributed }, comment)
            #expect(namespace.figures.logical == rows.reduce(0) { $0 + $1.figures.logical }, comment)
        }
        // What always holds.
        let all = reached.values.reduce(into: Set()) { $0.formUnion($1) }
        let root = try #require(reading.namespaces.first)
        #expect(root.name.isEmpty)
        #expect(reading.totals.referenced == bytes(all), comment)
        #expect(reading.repositories.reduce(0) { $0 + $1.figures.attributed } == reading.totals.referenced, comment)
        #expect(root.figures.exclusive == reading.totals.referenced, comment)
        #expect(root.figures.deduplicated == reading.totals.referenced, comment)
        #expect(reading.totals.unreferenced == bytes(Set(sizes.keys).subtracting(all)), comment)
        #expect(reading.totals.reclaimable <= reading.totals.unreferenced, comment)
    }

    @Test("is that of a brute force over the storage", arguments: [11, 12, 13, 14] as [UInt64])
    func bruteForce(seed: UInt64) async throws {
        let bench = try LedgerBench()
        await bench.start()
        var changes = RandomChanges(bench, seed: seed)
        for round in 0..<4 {
            for _ in 0..<120 { await changes.step() }
            try await check(bench, "seed \(seed), round \(round)")
        }
        await bench.ledger.close()
    }

    @Test("is what du finds, state by state, with an upload, garbage and leftovers")
    func disk() async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: .forTests)
        let bench = try LedgerBench(driver)
        await bench.start()
        var changes = RandomChanges(bench, seed: 21)
        for _ in 0..<200 { await changes.step() }
        let name = try RepositoryName("a")
        try await bench.push([UInt8](repeating: 3, count: 70_001), to: name)
        let id = try await bench.uploads.begin(in: name, at: .now)
        var session = try await bench.uploads.resume(id, in: name, .sha256)
        try await session.append(.init(bytes: [UInt8](repeating: 1, count: 12_345)))
        _ = try await session.suspend()
        try folder.write([1, 2, 3], to: "docker/registry/v2/leftover")
        try folder.write([1, 2, 3, 4], to: "docker/registry/v2/blobs/sha256/zz/nothing/data")
        try folder.write([UInt8](repeating: 7, count: 999), to: ".plimsoll/trash/run/1")
        let reporter = Reporter(.ledger(bench.ledger), storage: driver, root: folder.path, pool: .forTests)
        let (accounted, measured) = (
            try await reporter.capacity(isMeasured: false), try await reporter.capacity(isMeasured: true)
        )
        #expect(measured.source == .measured && accounted.source == .accounted)
        // Two ways, one result.
        #expect(measured.totals.referenced == accounted.totals.referenced)
        #expect(measured.totals.unreferenced == accounted.totals.unreferenced + 999)
        #expect(measured.totals.reclaimable == accounted.totals.reclaimable + 999)
        #expect(accounted.totals.unreferenced >= 70_001)
        #expect(try #require(accounted.totals.uploading) >= 12_345)
        #expect(try #require(measured.totals.orphan) >= 7)
        #expect(accounted.totals.orphan == nil)
        #expect(measured.repositories.reduce(0) { $0 + $1.figures.attributed } == measured.totals.referenced)
        // And what others find.
        let sizes = try await Tool.output("find", [folder.path, "-type", "f", "-printf", "%s\\n"])
        #expect(sizes.split(separator: "\n").compactMap { Int64($0) }.reduce(0, +) == measured.totals.physical)
        let blocks = try await Tool.output("du", ["-s", "--block-size=1", folder.path])
        #expect(blocks.split(separator: "\t").first.flatMap { Int64($0) } == measured.totals.allocated)
        let uploads = try await Tool.output(
            "find",
            [folder.path, "-path", "*/_uploads/*", "-type", "f", "-printf", "%s\\n"]
        )
        #expect(uploads.split(separator: "\n").compactMap { Int64($0) }.reduce(0, +) == measured.totals.uploading)
        let room = try await Tool.output("stat", ["-f", "-c", "%b %S", folder.path])
        let numbers = room.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
        #expect(measured.filesystem?.total == numbers[0] * numbers[1])
        await bench.ledger.close()
    }

    @Test("is the same from the file alone, with a server beside it and without")
    func file() async throws {
        let bench = try LedgerBench()
        await bench.start()
        var changes = RandomChanges(bench, seed: 31)
        for _ in 0..<200 { await changes.step() }
        let reader = LedgerReader(bench.folder.path + "/ledger.db")
        let youngest = WallTime.now
        let online = try await bench.ledger.report { (tables) throws(LedgerError) in
            try LedgerCapacity(tables, youngest: youngest)
        }
        let beside = try reader.read { (tables) throws(LedgerError) in try LedgerCapacity(tables, youngest: youngest) }
        await bench.ledger.close()
        let alone = try reader.read { (tables) throws(LedgerError) in try LedgerCapacity(tables, youngest: youngest) }
        for other in [beside, alone] {
            #expect(other.totals == online.totals)
            #expect(other.repositories == online.repositories)
            #expect(other.namespaces == online.namespaces)
        }
        #expect(online.repositories.count > 3)
        // The next server finds it in order.
        let next = try LedgerBench(bench.driver, folder: bench.folder)
        await next.start()
        #expect(next.ledger.standing.state == .current)
        await next.ledger.close()
    }

    @Test("cannot be had of a file that is missing, damaged, of a later version or of an earlier one")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        func failure(_ file: String) -> LedgerError.Kind? {
            #expect(throws: LedgerError.self) {
                try LedgerReader("\(folder.path)/\(file)").read { (tables) throws(LedgerError) in
                    _ = try tables.repositories()
                }
            }?.kind
        }
        #expect(failure("none.db") == .failed)
        try folder.write(Array(repeating: UInt8(ascii: "x"), count: 8192), to: "bad.db")
        #expect(failure("bad.db") == .corrupt)
        for (version, kind) in [(99, LedgerError.Kind.newer), (1, .failed)] {
            try LedgerFile.open("\(folder.path)/\(version).db").execute("PRAGMA user_version = \(version)")
            #expect(failure("\(version).db") == kind)
        }
    }

    @Test("of a repository is told tag by tag, and adds up to what the report of all has")
    func explanation() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let (base, big, small) = ([UInt8](repeating: 1, count: 1001), [UInt8](repeating: 2, count: 500), [3] as [UInt8])
        try await bench.pushImage([base, big], tags: ["one"], to: "team/app")
        try await bench.pushImage([base, small], tags: ["two", "same"], to: "team/app")
        try await bench.pushImage([base], tags: ["x"], to: "team/base")
        try await bench.pushImage([base], tags: ["x"], to: "other")
        let lost = try await bench.pushImage([[9, 9, 9, 9]], tags: [], to: "team/app")
        let reporter = Reporter(.ledger(bench.ledger), storage: bench.driver, root: nil, pool: .forTests)
        var request = ReportRequest(.explain)
        request.scope = "team/app"
        request.top = 0
        let report = try await reporter.report(request)
        let facts = Dictionary(uniqueKeysWithValues: (report.groups[0].facts ?? []).map { ($0.name, $0.value) })
        let all = try await reporter.capacity(isMeasured: false)
        let row = try #require(all.repositories.first { $0.name == "team/app" })
        #expect(facts["attributed"] == .number(row.figures.attributed))
        #expect(facts["exclusive"] == .number(row.figures.exclusive))
        #expect(facts["untagged_exclusive"] == .number(Int64(lost.bytes.readableBytes) + 4))
        let tags = try #require(report.tables.first { $0.name == "tags" })
        let manifest = try await bench.manifests.get(.tag(Tag("one")), in: RepositoryName("team/app")).manifest
        // The layer that only it has, and its manifest; two tags of one manifest have nothing alone.
        #expect(tags.rows[0][0] == .text("one"))
        #expect(tags.rows[0][1] == .number(500 + Int64(manifest.bytes.readableBytes)))
        #expect(tags.rows.dropFirst().map { $0[1] } == [.number(0), .number(0)])
        let blobs = try #require(report.tables.first { $0.name == "blobs" })
        #expect(blobs.rows[0][0] == .text(Digest.of(base).description))
        #expect(blobs.rows[0][5] == .list(["team/base", "other"]))
        request.scope = "nobody"
        let failure = await #expect(throws: ReportFailure.self) { try await reporter.report(request) }
        #expect(failure?.kind == .unknown)
        await bench.ledger.close()
    }
}
