//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("The ledger", .timeLimit(.minutes(5)))
struct LedgerTests {
    @Test("follows pushes, moves of tags and deletions")
    func follows() async throws {
        let bench = try LedgerBench()
        await bench.start()
        #expect(bench.ledger.standing.state == .current)
        let name = try RepositoryName("team/app")
        let first = try await bench.pushImage([[1], [1, 2]], tags: ["1", "latest"], to: "team/app")
        let second = try await bench.pushImage([[1], [2, 2, 2]], tags: ["2", "latest"], to: "team/app")
        try await bench.pushImage([[1]], tags: ["x"], to: "team/other")
        #expect(try await bench.differences() == [])
        #expect(try await bench.ledger.figures(after: nil, limit: 10) == BruteForce.figures(bench.driver))
        try await bench.manifests.delete(first.digest, in: name, tags: bench.tags)
        try await bench.tags.delete(Tag("2"), in: name)
        try await bench.blobs.delete(Digest.of([1]), in: name)
        #expect(try await bench.differences() == [])
        #expect(try await bench.ledger.figures(after: nil, limit: 10) == BruteForce.figures(bench.driver))
        let moves = try await bench.ledger.history(of: Tag("latest"), in: name, limit: 10)
        #expect(moves.map(\.to) == [second.digest, first.digest])
        #expect(moves.map(\.from) == [first.digest, nil])
        #expect(try await bench.ledger.history(of: Tag("1"), in: name, limit: 10).map(\.to) == [nil, first.digest])
        await bench.ledger.close()
    }

    @Test("remembers who moved a tag, and in which request")
    func origin() async throws {
        let bench = try LedgerBench()
        await bench.start()
        let name = try RepositoryName("app")
        try await bench.push(Array("{}".utf8), to: name)
        let origin = MutationOrigin(actor: "ann", requestID: "abc", time: WallTime(microseconds: 42))
        let manifest = WireClient.manifest(configuration: Array("{}".utf8), layers: [])
        try await bench.put(manifest, tags: ["1"], in: name, by: origin)
        let move = try #require(try await bench.ledger.history(of: nil, in: name, limit: 10).first)
        #expect(move.actor == "ann" && move.requestID == "abc" && move.time.microseconds == 42 && move.tag == "1")
        await bench.ledger.close()
    }

    @Test("lists what the tree lists, in the same order")
    func listings() async throws {
        let (bench, bare) = try Self.pair()
        await bench.start()
        for name in ["a", "a-b", "a/b", "a0", "z"] {
            try await bench.pushImage([[1]], tags: ["B", "a", "_x", "1.0"], to: name)
        }
        let app = try RepositoryName("a")
        let subject = try await bench.manifests.resolve(.tag(Tag("a")), in: app)
        for kind in ["x", "y"] {
            let extra =
                #","artifactType":"\#(kind)","subject":{"mediaType":"m","digest":"\#(subject)","size":1},"annotations":{"k":"\#(kind)"}"#
            try await bench.put(WireClient.manifest(configuration: Array("{}".utf8), layers: [], extra: extra), in: app)
        }
        for (last, limit) in [(nil, 100), ("a", 2), ("a/", 1), ("zz", 5), (nil, 0)] as [(String?, Int)] {
            let (ours, theirs) = (
                try await bench.catalog.list(after: last, limit: limit),
                try await bare.catalog.list(after: last, limit: limit)
            )
            #expect(ours.items == theirs.items && ours.hasMore == theirs.hasMore)
            let (tags, others) = (
                try await bench.tags.list(in: app, after: last, limit: limit),
                try await bare.tags.list(in: app, after: last, limit: limit)
            )
            #expect(tags.items == others.items && tags.hasMore == others.hasMore)
        }
        let (ours, theirs) = (
            try await bench.referrers.list(of: subject, in: app), try await bare.referrers.list(of: subject, in: app)
        )
        #expect(ours == theirs && ours.count == 2)
        #expect(bench.instruments.ledger.listings[.tree].value == 0)
        #expect(bench.instruments.ledger.listings[.ledger].value == 11)
        let unknown = try RepositoryName("none")
        let error = await #expect(throws: RegistryError.self) {
            try await bench.tags.list(in: unknown, after: nil, limit: nil)
        }
        #expect(error?.code == .nameUnknown)
        await bench.ledger.close()
    }

    /// With a ledger, and without one, over the same storage.
    static func pair() throws -> (LedgerBench, LedgerBench) {
        let driver = InMemoryDriver()
        return (try LedgerBench(driver), try LedgerBench(driver, file: "unused.db", isJournalled: false))
    }

    @Test("is made from a storage that others wrote, and lists only then")
    func adoption() async throws {
        let (bench, bare) = try Self.pair()
        for number in 0..<20 {
            try await bare.pushImage([[1], [UInt8(number)]], tags: ["1"], to: "team/app\(number % 7)")
        }
        await bench.ledger.open()
        #expect(bench.ledger.standing.state == .catchingUp)
        #expect(try await bench.catalog.list(after: nil, limit: 100).items.count == 7)
        #expect(bench.instruments.ledger.listings[.tree].value == 1)
        await bench.ledger.tend()
        #expect(bench.ledger.standing.state == .current)
        #expect(try await bench.differences() == [])
        #expect(try await bench.ledger.figures(after: nil, limit: 100) == BruteForce.figures(bench.driver))
        #expect(bench.events.filter { $0.hasPrefix("ledger") } == ["ledger_catching_up", "ledger_current"])
        await bench.ledger.close()
    }
}
