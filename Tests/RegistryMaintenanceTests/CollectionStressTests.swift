//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryLedger
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryMaintenance

/// Pushes, mounts, deletions and collections at once, on few names and blobs, so that they meet.
@Suite("Collections beside pushes", .timeLimit(.minutes(5)))
struct CollectionStressTests {
    private static let names = ["a", "a/b", "c", "d"]
    private static let tags = ["1", "2", "latest"]

    @Test("leave every tag with a whole image, and the ledger right", arguments: TestStorage.allCases, [true, false])
    func whole(_ storage: TestStorage, _ hasLedger: Bool) async throws {
        try await storage.with { driver in
            let bench = try await MaintenanceBench(driver, hasLedger: hasLedger)
            let isOver = TestFlag()
            let steps = storage == .inMemory ? 600 : 150
            async let removed = Self.collect(bench, until: isOver)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask { for _ in 0..<steps { try? await Self.change(bench) } }
                }
            }
            isOver.set()
            #expect(await removed > 20)
            try await Self.check(bench)
            let differences = try await bench.differences()
            #expect(differences == [], "\(String(describing: bench.ledger?.standing)): \(differences)")
            await bench.close()
        }
    }

    private static func collect(_ bench: MaintenanceBench, until isOver: TestFlag) async -> Int {
        var (settings, removed) = (CollectionSettings(), 0)
        while !isOver.isSet {
            settings.rules.deletesUntagged.toggle()
            let report = await bench.collector(settings).run()
            #expect(report.result == .completed && report.isReconciled, "\(report)")
            removed += report.removed.blobs
        }
        return removed
    }

    private static func change(_ bench: MaintenanceBench) async throws {
        let (text, other) = (names.randomElement() ?? "a", names.randomElement() ?? "a")
        let (name, tag) = (try RepositoryName(text), try Tag(tags.randomElement() ?? "1"))
        let layers = (0..<Int.random(in: 1...3)).map { _ in "layer \(Int.random(in: 0..<6))" }
        switch Int.random(in: 0..<12) {
        case 0...3: try await bench.pushImage(layers, tags: [tag.description], to: text)
        case 4, 5:
            // As clients do: what is there is not pushed again.
            for bytes in (layers + ["{}"]).map({ Array($0.utf8) }) {
                if try await !bench.blobs.exists(Digest.of(bytes), in: name),
                    try await !bench.blobs.mount(Digest.of(bytes), from: RepositoryName(other), to: name)
                {
                    try await bench.push(bytes, to: text)
                }
            }
            let manifest = WireClient.manifest(configuration: Array("{}".utf8), layers: layers.map { Array($0.utf8) })
            try await bench.put(manifest, tags: [tag.description], to: text)
        case 6:
            let child = try await bench.manifests.find(.tag(tag), in: name).manifest
            try await bench.pushIndex([child.digest], tags: ["index"], to: text)
        case 7, 8: try await bench.tags.delete(tag, in: name)
        case 9:
            let digest = try await bench.manifests.resolve(.tag(tag), in: name)
            try await bench.manifests.delete(digest, in: name, tags: bench.tags)
        case 10: try await bench.tags.delete(Tag("index"), in: name)
        default:
            if Int.random(in: 0..<4) == 0 {
                _ = try await RepositoryRemoval(bench.context, driver: bench.driver, by: .init()).remove(name)
            }
        }
    }

    /// Every tag leads to a manifest whose content is all there.
    static func check(_ bench: MaintenanceBench) async throws {
        let tree = TreeReader(bench.driver)
        var (walk, count) = (RepositoryWalk(bench.driver), 0)
        while let found = try await walk.next() {
            let name = try RepositoryName(found.name)
            for (tag, target) in try await tree.repository(name).tags {
                let target = try #require(target, "\(name):\(tag) leads nowhere")
                var waiting = [target]
                while let digest = waiting.popLast() {
                    let manifest = try #require(try await tree.manifest(digest), "\(name):\(tag) has lost \(digest)")
                    // A client may have deleted a manifest of an index.
                    if digest == target {
                        #expect(try await tree.hasManifest(digest, in: name), "\(name):\(tag) is not linked")
                    }
                    for blob in manifest.facts.blobs {
                        #expect(
                            try await bench.blobs.exists(blob.digest, in: name),
                            "\(name):\(tag) has lost \(blob.digest)"
                        )
                    }
                    waiting += manifest.facts.manifests.map(\.digest)
                    count += 1
                }
            }
        }
        #expect(count > 0)
    }

    @Test("plan the same with the ledger and without", arguments: [false, true])
    func agree(_ deletesUntagged: Bool) async throws {
        let bench = try await MaintenanceBench()
        var settings = CollectionSettings()
        settings.rules.deletesUntagged = deletesUntagged
        for _ in 0..<40 {
            for _ in 0..<12 { do { try await Self.change(bench) } catch is RegistryError {} }
            let ours = try await bench.collector(settings).plan()
            let theirs = try await Collector(bench.context, driver: bench.driver, ledger: nil, settings).plan()
            #expect(ours.source == .ledger && theirs.source == .tree)
            #expect(ours.manifests == theirs.manifests && ours.repositories == theirs.repositories)
            #expect(Self.blobs(ours) == Self.blobs(theirs))
            #expect(ours.markedBlobs == theirs.markedBlobs && ours.markedBytes == theirs.markedBytes)
        }
        await bench.close()
    }

    private static func blobs(_ plan: CollectionPlan) -> [Digest: Set<Unreachable.Link>] {
        Dictionary(uniqueKeysWithValues: plan.blobs.map { ($0.digest, Set($0.links)) })
    }
}
