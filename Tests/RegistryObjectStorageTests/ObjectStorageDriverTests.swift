//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("The driver of object stores", .timeLimit(.minutes(5)))
struct ObjectStorageDriverTests {
    @Test("keeps the contract", arguments: DriverConformance.cases, DriverConformance.Wrapping.allCases)
    func conforms(_ rule: DriverConformance.Case, _ wrapping: DriverConformance.Wrapping) async throws {
        try await rule.check(wrapping) { ObjectStorageDriver.forTests(MemoryObjectStore()) }
    }

    @Test("keeps the contract with a root folder, where lists may be late", arguments: DriverConformance.cases)
    func conformsLate(_ rule: DriverConformance.Case) async throws {
        var bounds = ObjectStoreBounds.small
        bounds.listsLate = true
        try await rule.check { ObjectStorageDriver.forTests(MemoryObjectStore(bounds)) { $0.root = "/some/root/" } }
    }

    @Test("keeps the contract while every stream breaks off", arguments: DriverConformance.cases)
    func conformsBroken(_ rule: DriverConformance.Case) async throws {
        let store = MemoryObjectStore()
        store.breakStreams(after: 50_000)
        try await rule.check { ObjectStorageDriver.forTests(store) }
    }

    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    private static func sample(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
    }

    @Test(
        "An upload in many requests becomes one object, whoever takes it up",
        arguments: [1, 10_000, 90_000, 400_000]
    )
    func manyAppends(_ piece: Int) async throws {
        let store = MemoryObjectStore()
        let whole = Self.sample(1_300_000)
        try await ObjectStorageDriver.forTests(store).put([1], at: Self.path("a/started"))
        var hasher = ContentHasher(.sha256)
        var offset = 0
        var turn = 0
        while offset < whole.count {
            // Another server each time.
            let driver = ObjectStorageDriver.forTests(store)
            let appender = try await driver.append(Self.path("a/data"))
            #expect(appender.initialSize == Int64(offset))
            let count = min(piece == 1 ? 1 + turn * 20_011 : piece, whole.count - offset)
            let batch = ByteBuffer(bytes: whole[offset..<offset + count])
            try await appender.append(batch, hashing: hasher)
            let end = try #require(try await appender.flush())
            hasher = end.hasher
            offset += count
            #expect(end.size == Int64(offset))
            appender.close()
            #expect(try await driver.stat(Self.path("a/data")).size == Int64(offset))
            turn += 1
        }
        let driver = ObjectStorageDriver.forTests(store)
        #expect(try await driver.bytes(Self.path("a/data")) == whole)
        #expect(try await driver.list(Self.path("a"), after: nil, limit: .max).map(\.name) == ["data", "started"])
        #expect(try await driver.publish(Self.path("a/data"), as: Self.path("b/data")) == nil)
        #expect(store.keys == ["a/started", "b/data"])
        #expect(store.openUploads == 0)
        #expect(try await driver.bytes(Self.path("b/data")) == whole)
        #expect(hasher.digest == Digest.of(whole))
    }

    @Test("What was received of an upload in segments is there when its server is gone")
    func killed() async throws {
        let store = MemoryObjectStore()
        let first = ObjectStorageDriver.forTests(store)
        try await first.put([1], at: Self.path("a/started"))
        let appender = try await first.append(Self.path("a/data"))
        let whole = Self.sample(1_000_000)
        for start in stride(from: 0, to: whole.count, by: 50_000) {
            try await appender.append(ByteBuffer(bytes: whole[start..<start + 50_000]), hashing: ContentHasher(.sha256))
        }
        // Not flushed: the first server is gone with what it had in memory.
        let second = ObjectStorageDriver.forTests(store)
        let kept = Int(try await second.stat(Self.path("a/data")).size)
        #expect(kept >= whole.count / 2 - 50_000 && kept < whole.count)
        #expect(try await second.bytes(Self.path("a/data")) == Array(whole[..<kept]))
        let next = try await second.append(Self.path("a/data"))
        try await next.append(ByteBuffer(bytes: whole[kept...]), hashing: ContentHasher(.sha256))
        _ = try await next.flush()
        next.close()
        #expect(try await second.bytes(Self.path("a/data")) == whole)
        appender.close()
    }

    @Test("What distribution has received of an upload goes on")
    func foreign() async throws {
        let store = MemoryObjectStore()
        let driver = ObjectStorageDriver.forTests(store) { $0.root = "root" }
        let name = try RepositoryName("some/repository")
        let id = UploadID()
        let (data, start) = (DiskLayout.uploadData(name, id), DiskLayout.uploadStart(name, id))
        try await driver.put([1], at: start)
        let whole = Self.sample(200_000)
        let upload = try await store.begin("root" + data.description, .none)
        _ = try await store.putPart(1, of: upload, ObjectBytes([ByteBuffer(bytes: whole[..<100_000])]))
        _ = try await store.putPart(2, of: upload, ObjectBytes([ByteBuffer(bytes: whole[100_000..<100_010])]))
        #expect(try await driver.stat(data).size == 100_010)
        let appender = try await driver.append(data)
        #expect(appender.initialSize == 100_010)
        try await appender.append(ByteBuffer(bytes: whole[100_010...]), hashing: ContentHasher(.sha256))
        _ = try await appender.flush()
        appender.close()
        #expect(try await driver.bytes(data) == whole)
        #expect(store.openUploads == 0)
    }

    @Test("Folders are listed in the order of names, page by page")
    func foldersInOrder() async throws {
        let driver = ObjectStorageDriver.forTests(MemoryObjectStore())
        let names =
            ["a", "a-b", "a-b-c", "a.b", "a.b.c", "a0", "b", "b-1", "b.0"] + (0..<120).map { "v1.\($0)" } + [
                "v1", "v1-rc",
            ]
        for name in names { try await driver.put([1], at: Self.path("tags/\(name)/current/link")) }
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for size in [1, 2, 3, 7, 50, 1000] {
            var found: [String] = []
            while true {
                let page = try await driver.list(Self.path("tags"), after: found.last, limit: size)
                #expect(page.allSatisfy { $0.isFolder })
                found += page.map(\.name)
                if page.count < size { break }
            }
            #expect(found == sorted, "\(size)")
        }
    }

    @Test("Uploads in parts that nobody ends are removed by their age")
    func unfinished() async throws {
        let store = MemoryObjectStore()
        let driver = ObjectStorageDriver.forTests(store) { $0.root = "root" }
        _ = try await store.begin("root/docker/registry/v2/repositories/a/_uploads/x/data", .none)
        _ = try await store.begin("elsewhere/a", .none)
        let planned = try await driver.removeUnfinished(begunBefore: .now, isDryRun: true)
        #expect(planned.removed == 1 && planned.left == 0 && store.openUploads == 2)
        let past = WallTime(microseconds: WallTime.now.microseconds - 3_600_000_000)
        let young = try await driver.removeUnfinished(begunBefore: past, isDryRun: false)
        #expect(young.removed == 0 && young.left == 1 && store.openUploads == 2)
        let last = try await driver.removeUnfinished(begunBefore: .now, isDryRun: false)
        #expect(last.removed == 1 && last.left == 0)
        #expect(store.openUploads == 1)
    }

    @Test("Large content is read in order with one request more, and in memory as small as the pieces")
    func oneStream() async throws {
        let store = MemoryObjectStore()
        let driver = ObjectStorageDriver.forTests(store)
        let whole = Self.sample(3_000_000)
        try await store.put("a", ObjectBytes([ByteBuffer(bytes: whole)]), .none)
        let before = store.requests["get"] ?? 0
        let content = try await driver.open(Self.path("a"))
        var bytes: [UInt8] = []
        while bytes.count < whole.count {
            let piece = try await content.read(at: Int64(bytes.count), count: 65_536)
            #expect(piece.readableBytes == min(65_536, whole.count - bytes.count))
            bytes += piece.readableBytesView
        }
        content.close()
        #expect(bytes == whole)
        #expect((store.requests["get"] ?? 0) - before == 2)
    }

    @Test("A folder is moved object by object, and what is large by parts")
    func moveFolder() async throws {
        let store = MemoryObjectStore()
        let driver = ObjectStorageDriver.forTests(store)
        let large = Self.sample(700_000)
        try await store.put("from/b/large", ObjectBytes([ByteBuffer(bytes: large)]), .none)
        for number in 0..<60 { try await driver.put([UInt8(number)], at: Self.path("from/\(number)")) }
        let moves = [
            StorageMove(Self.path("from"), to: Self.path("to")), StorageMove(Self.path("none"), to: Self.path("x")),
        ]
        #expect(try await driver.move(all: moves) == [true, false])
        #expect(try await !driver.holds(Self.path("from")))
        #expect(try await driver.list(Self.path("to"), after: nil, limit: .max).count == 61)
        #expect(try await driver.bytes(Self.path("to/b/large")) == large)
        #expect(store.openUploads == 0)
    }
}
