//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import RegistryModel
import RegistryObjectStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryStorage

@Suite("The local cache of content", .timeLimit(.minutes(5)))
struct LocalCacheTests {
    private static let whole = CachedStore.sample(2_500_000)

    private func files(_ folder: TemporaryFolder) throws -> [String] {
        try folder.files().keys.filter { $0 != "lock" }.sorted()
    }

    @Test("A thousand readers of one blob make the requests of one", arguments: [2_500_000, 300_000, 0])
    func thousand(_ size: Int) async throws {
        let folder = try TemporaryFolder()
        let whole = CachedStore.sample(size)
        let plain = await CachedStore()
        let digest = try await plain.put(whole)
        let single = try await ObjectStorageDriver.forTests(plain.store).open(DiskLayout.blob(digest))
        #expect(try await CachedStore.read(single, from: 0, whole))
        single.close()
        let one = plain.gets

        let test = await CachedStore(folder: folder.path)
        try await test.put(whole)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<1_000 { group.addTask { try await test.pull(digest, whole) } }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(test.gets == one)
        #expect(test.instruments.requests[.miss].value == 1)
        let others = test.instruments.requests[.follower].value + test.instruments.requests[.hit].value
        #expect(others == 999)
        try await test.settled()
        let before = test.allRequests
        #expect(try await test.pull(digest, whole))
        #expect(test.allRequests == before)
        #expect(test.instruments.filledBytes.value == size)
        #expect(test.instruments.bytes.value == size)
    }

    @Test("A reader that goes away ends nothing for those who follow")
    func goesAway() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let digest = try await test.put(Self.whole)
        let first = try await test.driver.open(DiskLayout.blob(digest))
        _ = try await first.read(at: 0, count: 65_536)
        let second = try await test.driver.open(DiskLayout.blob(digest))
        first.close()
        #expect(try await CachedStore.read(second, from: 0, Self.whole))
        second.close()
        #expect(test.gets == 2)
        try await test.settled()
        #expect(try files(folder).count == 1)
    }

    @Test("Without readers a filling ends, and nothing of it stays")
    func abandoned() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let digest = try await test.put(Self.whole)
        let first = try await test.driver.open(DiskLayout.blob(digest))
        _ = try await first.read(at: 0, count: 65_536)
        #expect(try files(folder).count == 1)
        first.close()
        try await eventually { try files(folder).isEmpty }
        #expect(try await test.pull(digest, Self.whole))
        try await test.settled()
    }

    @Test("A fast reader waits for no slow one")
    func slow() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let digest = try await test.put(Self.whole)
        let slow = try await test.driver.open(DiskLayout.blob(digest))
        let start = try await slow.read(at: 0, count: 1000)
        #expect(start == Self.whole.getSlice(at: 0, length: 1000))
        #expect(try await test.pull(digest, Self.whole))
        try await test.settled()
        #expect(try await CachedStore.read(slow, from: 1000, Self.whole))
        slow.close()
        #expect(test.gets == 2)
    }

    @Test("One that is cancelled while it fetches hands over to the next")
    func cancelled() async throws {
        let folder = try TemporaryFolder()
        let turns = Atomic(0)
        let test = await CachedStore(folder: folder.path) { verb, path in
            // The second piece of who comes first.
            guard verb == .stream, turns.wrappingAdd(1, ordering: .relaxed).newValue == 2 else { return nil }
            withUnsafeCurrentTask { $0?.cancel() }
            return StorageError(.failed, "read", path, cause: "the task has ended")
        }
        let digest = try await test.put(Self.whole)
        let first = try await test.driver.open(DiskLayout.blob(digest))
        let second = try await test.driver.open(DiskLayout.blob(digest))
        await #expect(throws: StorageError.self) {
            try await Task { try await CachedStore.read(first, from: 0, Self.whole) }.value
        }
        first.close()
        #expect(try await CachedStore.read(second, from: 0, Self.whole))
        second.close()
        try await test.settled()
    }

    @Test("A storage that fails half way fails all who read, and what was read is never taken for whole")
    func failsHalfWay() async throws {
        let folder = try TemporaryFolder()
        let fails = Atomic(true)
        let reads = Atomic(0)
        let test = await CachedStore(folder: folder.path) { verb, path in
            guard verb == .stream, reads.wrappingAdd(1, ordering: .relaxed).newValue > 1,
                fails.load(ordering: .relaxed)
            else { return nil }
            return StorageError(.failed, "read", path, cause: "made up")
        }
        let digest = try await test.put(Self.whole)
        // All of them open before the first reads, so that one filling has them all.
        var contents: [any StoredContent] = []
        for _ in 0..<100 { contents.append(try await test.driver.open(DiskLayout.blob(digest))) }
        let codes = await withTaskGroup(of: StorageError.Code?.self) { group in
            for content in contents {
                group.addTask {
                    defer { content.close() }
                    return await failure { () async throws(StorageError) in
                        var position: Int64 = 0
                        while position < content.size {
                            position += Int64(try await content.read(at: position, count: 100_000).readableBytes)
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count == 100 && codes.allSatisfy { $0 == .failed })
        #expect(test.gets == 1)
        try await eventually { try files(folder).isEmpty }
        #expect(test.instruments.entries.value == 0)
        fails.store(false, ordering: .relaxed)
        #expect(try await test.pull(digest, Self.whole))
        try await test.settled()
    }

    @Test(
        "What is not what its digest says is given to nobody as whole, and is not kept",
        arguments: [2_500_000, 1000]
    )
    func wrongContent(_ size: Int) async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let right = CachedStore.sample(size, seed: 2)
        let digest = try await test.put(CachedStore.sample(size), as: Digest.of(Array(right.readableBytesView)))
        for _ in 0..<2 {
            var received = 0
            let code = await failure { () async throws(StorageError) in
                let content = try await test.driver.open(DiskLayout.blob(digest))
                defer { content.close() }
                while received < size {
                    received += try await content.read(at: Int64(received), count: 100_000).readableBytes
                }
            }
            #expect(code == .truncated)
            #expect(received < size)
        }
        try await eventually { try files(folder).isEmpty }
        #expect(test.instruments.failures[.content].value == 2)
        #expect(test.instruments.entries.value == 0)
        try await test.put(right)
        #expect(try await test.pull(digest, right))
    }

    @Test("After a restart it has what was whole, and nothing that was not")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let store = MemoryObjectStore()
        let digest: Digest
        do {
            let test = await CachedStore(store, folder: folder.path)
            digest = try await test.put(Self.whole)
            #expect(try await test.pull(digest, Self.whole))
            try await test.settled()
        }
        try folder.write([1, 2, 3], to: "filling/left")
        try folder.write([1, 2, 3], to: "sha256/ab/no-digest")
        let test = await CachedStore(store, folder: folder.path)
        try await test.settled()
        #expect(try files(folder).count == 2)
        let before = test.gets
        let heads = store.requests["head"] ?? 0
        #expect(try await test.pull(digest, Self.whole))
        #expect(test.gets == before)
        // The storage is asked once whether it is there still.
        #expect(try await test.pull(digest, Self.whole))
        #expect(store.requests["head"] == heads + 1)
        #expect(test.instruments.requests[.hit].value == 2)
    }

    @Test("Holds no more than it may, and lets go of what was not asked for the longest")
    func bounded() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path, bytes: 3_500_000)
        let samples = (1...4).map { CachedStore.sample(1_100_000, seed: $0) }
        var digests: [Digest] = []
        for sample in samples { digests.append(try await test.put(sample)) }
        for number in 0..<3 {
            #expect(try await test.pull(digests[number], samples[number]))
            try await test.settled(Int64(number) + 1)
        }
        // The first is used again, so the second is the one that goes.
        #expect(try await test.pull(digests[0], samples[0]))
        #expect(try await test.pull(digests[3], samples[3]))
        try await eventually { test.instruments.filledBytes.value == 4_400_000 }
        #expect(test.instruments.evictions.value == 1)
        #expect(test.instruments.bytes.value == 3_300_000)
        let before = test.gets
        #expect(try await test.pull(digests[0], samples[0]))
        #expect(test.gets == before)
        #expect(try await test.pull(digests[1], samples[1]))
        #expect(test.gets > before)
        // What never fits is passed on.
        let large = CachedStore.sample(3_600_000)
        let digest = try await test.put(large)
        #expect(try await test.pull(digest, large))
        #expect(test.instruments.requests[.bypass].value == 1)
    }

    @Test("What was deleted is answered by nobody, whoever has deleted it")
    func deleted() async throws {
        let folder = try TemporaryFolder()
        let store = MemoryObjectStore()
        let test = await CachedStore(store, folder: folder.path)
        let digest = try await test.put(Self.whole)
        func code(_ test: CachedStore) async -> StorageError.Code? {
            await failure { () async throws(StorageError) in try await test.driver.open(DiskLayout.blob(digest)) }
        }
        #expect(try await test.pull(digest, Self.whole))
        try await test.settled()
        let reading = try await test.driver.open(DiskLayout.blob(digest))
        let move = StorageMove(DiskLayout.blobFolder(digest), to: DiskLayout.trashedBlob("run", digest))
        #expect(try await test.quiet.move(all: [move]) == [true])
        #expect(await code(test) == .notFound)
        try await eventually { try files(folder).isEmpty }
        // Who reads it already reads on.
        #expect(try await CachedStore.read(reading, from: 0, Self.whole))
        reading.close()

        let freshness = LinkFreshness(tags: .zero, digests: .zero)
        let other = try TemporaryFolder()
        let second = await CachedStore(store, folder: other.path, freshness: freshness)
        try await second.put(Self.whole)
        #expect(try await second.pull(digest, Self.whole))
        try await second.settled()
        try await store.delete([CachedStore.key(digest)])
        #expect(await code(second) == .notFound)
        try await eventually { try files(other).isEmpty }
    }

    @Test("What is deleted while it is filled is not kept")
    func deletedMeanwhile() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let digest = try await test.put(Self.whole)
        let content = try await test.driver.open(DiskLayout.blob(digest))
        _ = try await content.read(at: 0, count: 1000)
        try await test.driver.remove(DiskLayout.blobFolder(digest))
        // The store still sends what it had, of the version that was opened; ours is gone with its key.
        _ = await failure { () async throws(StorageError) in
            _ = try await content.read(at: 1000, count: 2_000_000)
        }
        content.close()
        try await eventually { try files(folder).isEmpty }
        #expect(test.instruments.entries.value == 0)
    }

    @Test("Ranges come from what is whole, and are else passed on")
    func ranges() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let digest = try await test.put(Self.whole)
        func range(_ start: Int, _ count: Int) async throws -> Bool {
            let content = try await test.driver.open(DiskLayout.blob(digest))
            defer { content.close() }
            content.expect(upTo: Int64(start + count))
            return try await content.read(at: Int64(start), count: count)
                == Self.whole.getSlice(at: start, length: count)
        }
        #expect(try await range(2_000_000, 1000))
        #expect(try await range(0, 1000))
        #expect(test.instruments.requests[.bypass].value == 2)
        try await eventually { try files(folder).isEmpty }
        #expect(try await test.pull(digest, Self.whole))
        try await test.settled()
        let before = test.allRequests
        #expect(try await range(2_000_000, 1000))
        #expect(try await range(0, 1000))
        #expect(test.allRequests == before)
        #expect(test.instruments.requests[.hit].value == 2)
    }

    @Test("A range beside a filling disturbs it not")
    func rangeBeside() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let digest = try await test.put(Self.whole)
        let first = try await test.driver.open(DiskLayout.blob(digest))
        _ = try await first.read(at: 0, count: 1000)
        let second = try await test.driver.open(DiskLayout.blob(digest))
        #expect(try await second.read(at: 2_400_000, count: 10) == Self.whole.getSlice(at: 2_400_000, length: 10))
        second.close()
        #expect(try await CachedStore.read(first, from: 1000, Self.whole))
        first.close()
        try await test.settled()
    }

    @Test("Where its disk is full reads go on without it")
    func fullDisk() async throws {
        try await SmallDisk.with(mebibytes: 2) { disk in
            let test = await CachedStore(folder: disk.path + "/cache")
            let digest = try await test.put(Self.whole)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { try await test.pull(digest, Self.whole) } }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(test.instruments.failures[.full].value >= 1)
            #expect(test.observer.events.map(\.name) == [.cacheFailed])
            #expect(test.instruments.entries.value == 0)
            // It is let alone for a while.
            let failures = test.instruments.failures[.full].value
            #expect(try await test.pull(digest, Self.whole))
            #expect(test.instruments.failures[.full].value == failures)
            // No descriptor keeps the disk in use.
            let filling = disk.path + "/cache/filling"
            try await eventually { try FileManager.default.contentsOfDirectory(atPath: filling).isEmpty }
        }
    }

    @Test("A file that somebody has damaged in length is read from the storage instead")
    func damagedFile() async throws {
        let folder = try TemporaryFolder()
        let test = await CachedStore(folder: folder.path)
        let digest = try await test.put(Self.whole)
        #expect(try await test.pull(digest, Self.whole))
        try await test.settled()
        let reading = try await test.driver.open(DiskLayout.blob(digest))
        let file = folder.path + "/sha256/\(digest.hex.prefix(2))/\(digest.hex)"
        #expect(truncate(file, 1_000_000) == 0)
        #expect(try await CachedStore.read(reading, from: 0, Self.whole))
        reading.close()
        #expect(try await test.pull(digest, Self.whole))
    }

    @Test("A folder that another server uses is let alone")
    func taken() async throws {
        let folder = try TemporaryFolder()
        let first = await CachedStore(folder: folder.path)
        let second = await CachedStore(first.store, folder: folder.path)
        let digest = try await first.put(Self.whole)
        #expect(second.observer.events.map(\.name) == [.cacheFailed])
        #expect(try await second.pull(digest, Self.whole))
        #expect(second.instruments.requests[.bypass].value == 1)
        #expect(try await first.pull(digest, Self.whole))
        try await first.settled()
    }

    @Test("keeps the contract of drivers", arguments: DriverConformance.cases)
    func conforms(_ rule: DriverConformance.Case) async throws {
        let folder = try TemporaryFolder()
        try await rule.check { await CachedStore(folder: folder.path).driver }
    }
}
