//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTestKit
import Testing

@testable import RegistryStorage

#if canImport(Glibc)
    import Glibc
#endif

/// What is the filesystem driver's own, beside the contract.
@Suite("Files and folders", .timeLimit(.minutes(5)))
struct FilesystemTests {
    private func path(_ components: String) -> StoragePath { .root.appending(components) }

    @Test(
        "Content is a file at its path below the root, which is made when missing",
        arguments: ["", "/", "/deep/er", "/deep/"]
    )
    func placement(suffix: String) async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path + suffix, pool: .forTests)
        try await driver.put([1, 2], at: path("a/b"))
        let trimmed = suffix.split(separator: "/").joined(separator: "/")
        #expect(try folder.files(under: trimmed)["a/b"] == [1, 2])
    }

    @Test("Facts come by the threads that do what takes long, so that they show that these work")
    func facts() async throws {
        let (folder, pool) = (try TemporaryFolder(), IOPool(size: 1))
        let driver = try FilesystemDriver(root: folder.path, pool: pool)
        try await driver.put([1], at: path("a/b"))
        #expect(try await driver.stat(path("a")).isFolder)
        try await pool.shutdown()
        #expect(await failure { () throws(StorageError) in try await driver.stat(path("a")) } == .failed)
        #expect(await failure { () throws(StorageError) in try await driver.stat(path("a/b")) } == .failed)
    }

    @Test("No temporary file is left behind, by what succeeds or by what fails")
    func temporaryFiles() async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: .forTests)
        try await driver.put([1], at: path("a/b"))
        try await driver.put([2], at: path("a/b"))
        #expect(await failure { () throws(StorageError) in try await driver.put([3], at: path("a")) } == .failed)
        #expect(await failure { () throws(StorageError) in try await driver.put([3], at: path("a/b/c")) } != nil)
        try await driver.put([3], at: path("tree/a/b"))
        try await driver.remove(path("tree"))
        #expect(await failure { () throws(StorageError) in try await driver.remove(path("tree")) } == .notFound)
        #expect(try folder.files() == ["a/b": [2]])
    }

    @Test("What is left of a file that is cut is sent to a socket, and then that it ends too early is told of")
    func cutFile() async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: .forTests)
        let sample = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 7) }
        try await driver.put(sample, at: path("a"))
        let content = try await driver.open(path("a"))
        defer { content.close() }
        #expect(truncate(folder.path + "/a", 10_001) == 0)
        let pair = try SocketPair()
        defer { pair.close() }
        #expect(try await content.send(at: 1, count: 19_999, to: pair.near) == 10_000)
        #expect(pair.received(20_000) == Array(sample[1..<10_001]))
        let end = await failure { () async throws(StorageError) in
            try await content.send(at: 10_001, count: 9999, to: pair.near)
        }
        #expect(end == .truncated)
        #expect(pair.received(1).isEmpty)
    }

    @Test("What a socket took before bytes that cannot be read is known")
    func unreadableBytes() throws {
        let (readable, length) = (64 << 10, 128 << 10)
        let mapping = try #require(mmap(nil, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        try #require(mapping != MAP_FAILED)
        defer { munmap(mapping, length) }
        #expect(mprotect(mapping + readable, length - readable, PROT_NONE) == 0)
        let pair = try SocketPair()
        defer { pair.close() }
        let writer = SocketWriter(socket: pair.near)
        let taken = try writer.send(UnsafeRawBufferPointer(start: mapping, count: length), mayPause: false)
        #expect((1...readable).contains(taken))
        #expect(pair.received(length).count == taken)
        #expect(throws: SystemError.self) {
            try writer.send(UnsafeRawBufferPointer(start: mapping + readable, count: 1), mayPause: false)
        }
    }

    @Test("Another driver on the same root sees the same, and is kept from content that is appended to")
    func twoDrivers() async throws {
        let folder = try TemporaryFolder()
        let one = try FilesystemDriver(root: folder.path, pool: .forTests)
        let other = try FilesystemDriver(root: folder.path, pool: .forTests)
        try await one.put([1], at: path("a/b"))
        #expect(try await other.bytes(path("a/b")) == [1])
        let appender = try await one.append(path("a/b"))
        #expect(await failure { () throws(StorageError) in try await other.append(path("a/b")) } == .busy)
        appender.close()
        #expect(try await other.extend(path("a/b"), by: [[2]]).size == 2)
    }

    @Test("A full disk is told as such, by the batch after or by the flush")
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: .forTests)
        try await driver.put([], at: path("a/other"))
        // A device that has no room for anything.
        #expect(symlink("/dev/full", folder.path + "/a/b") == 0)
        for flushes in [true, false] {
            let appender = try await driver.append(path("a/b"))
            try await appender.append(ByteBuffer(bytes: [1]), hashing: ContentHasher(.sha256))
            let code = await failure { () throws(StorageError) in
                if flushes {
                    _ = try await appender.flush()
                } else {
                    try await appender.append(ByteBuffer(bytes: [1]), hashing: ContentHasher(.sha256))
                }
            }
            #expect(code == .noSpace)
            appender.close()
        }
    }

    @Test("A link to a folder is listed as one")
    func links() async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: .forTests)
        try await driver.put([1], at: path("a/folder/content"))
        #expect(symlink("folder", folder.path + "/a/link") == 0)
        #expect(symlink("nowhere", folder.path + "/a/broken") == 0)
        let entries = try await driver.list(path("a"), after: nil, limit: .max)
        #expect(entries.map(\.name) == ["broken", "folder", "link"])
        #expect(entries.map(\.isFolder) == [false, true, true])
        #expect(try await driver.bytes(path("a/link/content")) == [1])
    }

    @Test("System errors have the codes that callers tell apart")
    func codes() {
        let codes: [(CInt, StorageError.Code)] = [
            (ENOENT, .notFound), (ENOTDIR, .notFound), (ENOSPC, .noSpace), (EDQUOT, .noSpace), (EROFS, .readOnly),
            (EWOULDBLOCK, .busy), (EACCES, .failed), (EIO, .failed), (EISDIR, .failed), (EMFILE, .failed),
        ]
        for (number, code) in codes {
            let error = SystemError(number: number).at("stat", path("a/b"))
            #expect(error.code == code)
            #expect(error.description.hasPrefix("stat /a/b: \(code) ("))
        }
    }

    @Test("A root that cannot be made is an error")
    func badRoot() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "file")
        #expect(throws: StorageError.self) { try FilesystemDriver(root: folder.path + "/file/root", pool: .forTests) }
    }
}
