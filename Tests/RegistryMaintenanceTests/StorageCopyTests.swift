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
import Synchronization
import Testing

@testable import RegistryMaintenance

@Suite("A copy of a storage", .timeLimit(.minutes(5)))
struct StorageCopyTests {
    /// A storage with images, an index, an untagged manifest, garbage and an upload.
    private func source() async throws -> MaintenanceBench {
        let bench = try await MaintenanceBench(hasLedger: false)
        let one = try await bench.pushImage(["one", "two"], tags: ["1", "latest"], to: "a")
        let two = try await bench.pushImage(
            ["two", String(repeating: "long ", count: 2_000_000)],
            tags: ["2"],
            to: "a/b"
        )
        try await bench.pushImage(["one"], to: "c")
        try await bench.pushImage(["two", "three"], tags: ["3"], to: "a")
        _ = try await bench.pushIndex([one], tags: ["all"], to: "a")
        _ = two
        return bench
    }

    @Test("has what the source has, on any kind of storage, and nothing is left of the work")
    func whole() async throws {
        let source = try await source()
        // Neither of these belongs to a repository.
        try await source.push(Array("upload".utf8), to: "garbage")
        try await source.driver.remove(DiskLayout.repository(RepositoryName("garbage")))
        let folder = try TemporaryFolder()
        let target = try FilesystemDriver(root: folder.path, pool: .forTests)
        let progress = try await StorageCopy(from: source.driver, to: target).run()
        let garbage = Digest.of(Array("upload".utf8))
        let expected = try await source.driver.tree()
            .filter { !$0.key.contains("_uploads") && !$0.key.contains(String(garbage.hex)) }
        #expect(try await target.tree() == expected)
        #expect(progress.repositories == 3 && progress.totalRepositories == 3 && progress.problems == 0)
        #expect(progress.blobs == 10 && progress.present == 0)
        #expect(!(try folder.files().keys.contains { $0.contains(".plimsoll/copying") }))
        // And back.
        let back = InMemoryDriver()
        let second = try await StorageCopy(from: target, to: back).run()
        #expect(try await back.tree() == expected && second.blobs == 10)
    }

    @Test("copies nothing that is there, and takes over what has changed")
    func again() async throws {
        let source = try await source()
        let target = InMemoryDriver()
        _ = try await StorageCopy(from: source.driver, to: target).run()
        let idle = try await StorageCopy(from: source.driver, to: target).run()
        #expect(idle.blobs == 0 && idle.bytes == 0 && idle.links == 0 && idle.present == 10)
        try await source.pushImage(["four"], tags: ["1"], to: "a")
        try await source.tags.delete(Tag("2"), in: RepositoryName("a/b"))
        let next = try await StorageCopy(from: source.driver, to: target).run()
        #expect(next.blobs == 2)
        var settings = StorageCopy.Settings()
        settings.prunes = true
        let last = try await StorageCopy(from: source.driver, to: target, settings).run()
        #expect(last.removedLinks == 1)
        let (ours, theirs) = (try await target.tree(), try await source.driver.tree())
        // The history of a tag stays where it was made.
        func links(_ tree: [String: [UInt8]]) -> [String: [UInt8]] {
            tree.filter { $0.key.hasSuffix("/link") && !$0.key.contains("/index/") }
        }
        #expect(links(ours) == links(theirs))
    }

    @Test("removes repositories that the source has not, if it is told to")
    func pruned() async throws {
        let target = try await MaintenanceBench(hasLedger: false)
        try await target.pushImage(["old"], tags: ["1"], to: "old/one")
        let source = try await source()
        var settings = StorageCopy.Settings()
        settings.prunes = true
        _ = try await StorageCopy(from: source.driver, to: target.driver, settings).run()
        #expect(try await target.catalog.list(after: nil, limit: 10).items == ["a", "a/b", "c"])
    }

    @Test("goes on where it was ended, at any call of the target")
    func resumed() async throws {
        let source = try await source()
        let target = InMemoryDriver()
        let calls = Mutex(0)
        for limit in [1, 3, 6, 9] {
            calls.withLock { $0 = 0 }
            let failing = FaultyDriver(target) { verb, path in
                guard [.replace, .publish, .append, .write].contains(verb) else { return nil }
                let isBeyond = calls.withLock { count in
                    count += 1
                    return count > limit
                }
                return isBeyond ? StorageError(.failed, "write", path, cause: "made up") : nil
            }
            await #expect(throws: CollectionError.self) {
                try await StorageCopy(from: source.driver, to: failing).run()
            }
            // What can be seen is whole.
            let reader = TreeReader(target)
            for name in ["a", "a/b", "c"] {
                let found = try await reader.repository(RepositoryName(name))
                for digest in found.manifests {
                    let manifest = try #require(try await reader.manifest(digest))
                    for blob in manifest.facts.blobs { #expect(try await reader.size(of: blob.digest) == blob.size) }
                }
                for digest in found.tags.values { #expect(try found.manifests.contains(#require(digest))) }
            }
        }
        let progress = try await StorageCopy(from: source.driver, to: target).run()
        #expect(progress.blobs + progress.present == 10)
        #expect(try await target.tree() == source.driver.tree().filter { !$0.key.contains("_uploads") })
    }

    @Test("tells what is missing or damaged, and copies everything else")
    func damaged() async throws {
        let source = try await source()
        let (one, two) = (Digest.of(Array("one".utf8)), Digest.of(Array("two".utf8)))
        _ = try await source.driver.replace(DiskLayout.blob(one), with: ByteBuffer(string: "eno"), .durable)
        try await source.driver.remove(DiskLayout.blob(two))
        let problems = Mutex<[StorageCopy.Problem]>([])
        let target = InMemoryDriver()
        let progress = try await StorageCopy(from: source.driver, to: target).run { _ in
        } problem: { problem in
            problems.withLock { $0.append(problem) }
        }
        #expect(progress.problems == 2 && progress.blobs == 8)
        let found = problems.withLock { $0 }
        #expect(Set(found.map(\.digest)) == [one, two])
        #expect(found.first { $0.digest == one }?.cause == "it is damaged in the source")
        #expect(found.first { $0.digest == two }?.cause == "it is not in the source")
        let links = try await target.tree().keys.filter { $0.contains("_layers") }
        #expect(!links.contains { $0.contains(String(one.hex)) || $0.contains(String(two.hex)) })
    }

    @Test("finds content that the target has otherwise, and brings it anew, if it is told to verify")
    func verified() async throws {
        let source = try await source()
        let target = InMemoryDriver()
        _ = try await StorageCopy(from: source.driver, to: target).run()
        let one = Digest.of(Array("one".utf8))
        _ = try await target.replace(DiskLayout.blob(one), with: ByteBuffer(string: "eno"), .durable)
        #expect(try await StorageCopy(from: source.driver, to: target).run().blobs == 0)
        var settings = StorageCopy.Settings()
        settings.verifies = true
        let progress = try await StorageCopy(from: source.driver, to: target, settings).run()
        #expect(progress.blobs == 1 && progress.verified == 10)
        #expect(try await target.read(DiskLayout.blob(one), limit: 10) == ByteBuffer(string: "one"))
    }

    @Test("changes nothing when it only tells what it would do")
    func dryRun() async throws {
        let target = InMemoryDriver()
        var settings = StorageCopy.Settings()
        settings.isDryRun = true
        let progress = try await StorageCopy(from: source().driver, to: target, settings).run()
        #expect(progress.blobs == 10 && progress.links > 0)
        #expect(try await target.tree().isEmpty)
    }
}
