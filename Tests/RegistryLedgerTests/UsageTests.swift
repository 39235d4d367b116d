//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("The use of repositories", .timeLimit(.minutes(5)))
struct UsageTests {
    private let name: RepositoryName
    private let digest = Digest.of([1])

    init() throws { name = try RepositoryName("team/app") }

    private func record(
        _ method: String,
        _ route: RouteName = .manifest,
        by user: String? = nil,
        status: Int = 200,
        reference: Reference? = nil,
        at microseconds: Int64 = 1
    ) -> RequestRecord {
        var record = Self.sample(method, route, in: name, by: user, at: microseconds)
        record.reference = reference
        record.digest = digest
        record.status = status
        return record
    }

    /// A request that succeeded.
    static func sample(
        _ method: String,
        _ route: RouteName = .manifest,
        in name: RepositoryName,
        by user: String?,
        at microseconds: Int64
    ) -> RequestRecord {
        var generator = SeededGenerator(state: 1)
        var record = RequestRecord(
            start: WallTime(microseconds: microseconds),
            startInstant: .now,
            requestID: WideID(high: 0, low: 1),
            trace: TraceContext(traceparent: nil, using: &generator),
            method: method
        )
        record.repository = name
        record.route = route
        record.status = 200
        record.user = user
        record.remoteAddress = "192.0.2.1"
        record.bytesOut = 10
        return record
    }

    @Test("tells when a tag was pulled last: by its name, or by the digest that it leads to")
    func lastPulls() async throws {
        let counter = UsageCounter()
        let bench = try LedgerBench(usage: counter)
        await bench.start()
        let image = try await bench.pushImage([[1]], tags: ["a", "b"], to: "team/app").digest
        try await bench.pushImage([[2]], tags: ["c"], to: "team/app")
        var byTag = record("GET", reference: .tag(try Tag("a")), at: 9)
        byTag.digest = image
        var byDigest = record("HEAD", reference: .digest(image), at: 7)
        byDigest.digest = image
        counter.conclude(byDigest)
        counter.conclude(byTag)
        await bench.ledger.tend()
        let facts = try await bench.ledger.current { (tables) throws(LedgerError) in
            try tables.tagFacts(of: "team/app")
        }
        #expect(facts.map(\.name) == ["a", "b", "c"])
        // A pull by one tag is one of the digest, and so of the other tag.
        #expect(facts.map { $0.pulled?.microseconds } == [9, 9, nil])
        let alone = try await bench.ledger.current { (tables) throws(LedgerError) in
            try tables.tagFacts(of: "team/app", "b")
        }
        #expect(alone == [facts[1]])
        await bench.ledger.close()
    }

    @Test("is counted for the repository, the tag and the digest, and taken over by the ledger")
    func counting() async throws {
        let counter = UsageCounter()
        let bench = try LedgerBench(usage: counter)
        await bench.start()
        let tag = try Tag("1")
        counter.conclude(record("GET", by: "ann", reference: .tag(tag), at: 5))
        counter.conclude(record("HEAD", by: "bob", reference: .digest(digest), at: 7))
        counter.conclude(record("GET", status: 404, reference: .tag(tag)))
        counter.conclude(record("GET", .blob, by: "ann"))
        await bench.ledger.tend()
        counter.conclude(record("GET", reference: .tag(tag), at: 9))
        counter.conclude(record("PUT", status: 201, reference: .tag(tag)))
        counter.conclude(record("GET", reference: .tag(tag), at: UsageCounter.dayLength))
        await bench.ledger.tend()
        let all = try await bench.ledger.usage(of: name, .all)
        #expect(all.map(\.day) == [0, 1])
        #expect(all.map(\.pulls) == [2, 1] && all.map(\.heads) == [1, 0] && all.map(\.pushes) == [1, 0])
        #expect(all.map(\.sentBytes) == [50, 10] && all.map(\.clients) == [3, 1])
        #expect(all.first?.lastPull?.microseconds == 9 && all.first?.lastPullBy == "192.0.2.1")
        let tagged = try await bench.ledger.usage(of: name, .tag(tag))
        #expect(tagged.map(\.pulls) == [2, 1] && tagged.map(\.heads) == [0, 0])
        let digests = try await bench.ledger.usage(of: name, .digest(digest))
        #expect(digests.map(\.pulls) == [2, 1] && digests.map(\.heads) == [1, 0])
        // A repository that was only asked for is not in the catalogue.
        #expect(try await bench.catalog.list(after: nil, limit: 10).items == [])
        await bench.ledger.close()
    }

    @Test("waits in memory while the ledger cannot be used")
    func degraded() async throws {
        let counter = UsageCounter()
        let bench = try LedgerBench(usage: counter)
        await bench.start()
        let visitor = try SQLiteConnection(bench.folder.path + "/ledger.db", .writing)
        try visitor.execute("BEGIN IMMEDIATE")
        counter.conclude(record("GET"))
        await bench.ledger.tend()
        try visitor.execute("ROLLBACK")
        await bench.start()
        await bench.ledger.tend()
        #expect(try await bench.ledger.usage(of: name, .all).map(\.pulls) == [1])
        await bench.ledger.close()
    }

    @Test("by different clients is exact up to 64 and near beyond", arguments: [0, 1, 63, 64, 1000, 100_000])
    func clients(count: Int) {
        var (first, second) = (ClientSketch(), ClientSketch())
        for number in 0..<count {
            // Each twice, and some in both.
            for _ in 0..<2 { first.insert("client \(number)") }
            if number.isMultiple(of: 3) { second.insert("client \(number)") }
        }
        first.join(second)
        let found = ClientSketch(first.bytes).count
        #expect(count <= 64 ? found == count : abs(Double(found) / Double(count) - 1) < 0.4, "\(found)")
        #expect(ClientSketch([1, 2, 3]).count == 0)
    }

    @Test("of two days by different clients is as if all had come on one")
    func joined() {
        var generator = SeededGenerator(state: 9)
        for _ in 0..<200 {
            var (left, right, both) = (ClientSketch(), ClientSketch(), ClientSketch())
            for _ in 0..<Int.random(in: 0...150, using: &generator) {
                // Few, so that some are in both.
                let hash = UInt64.random(in: 0...200, using: &generator) == 0 ? .max : generator.next() % 300
                if Bool.random(using: &generator) { left.insert(hash) } else { right.insert(hash) }
                both.insert(hash)
            }
            left.join(right)
            #expect(left == both && ClientSketch(left.bytes) == both)
        }
        // What is not in order was written by somebody else.
        let bytes = [UInt64(7), 3, 7].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        #expect(ClientSketch(bytes).count == 2)
    }
}
