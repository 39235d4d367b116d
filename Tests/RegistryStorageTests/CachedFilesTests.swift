//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import NIOCore
import RegistryTestKit
import Testing

@testable import RegistryStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Files that are read without waiting, where the file system can tell; tests hold on those where it cannot, too.
@Suite("Files in memory")
struct CachedFilesTests {
    private let folder: TemporaryFolder
    private let files = CachedFiles()

    init() throws { folder = try TemporaryFolder() }

    private func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/" + name
        let descriptor = try FileDescriptor.open(path, O_WRONLY | O_CREAT)
        defer { descriptor.close() }
        try descriptor.write(ByteBuffer(bytes: bytes))
        return path
    }

    /// Whether kernel and file system tell here what would wait, as Linux 5.12 does on ext4, XFS and btrfs.
    private var canTell: Bool {
        get throws {
            let descriptor = plimsoll_open_cached(try write("probe", [1]))
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var byte = UInt8(0)
            return plimsoll_read_cached(descriptor, &byte, 1, 0) == 1
        }
    }

    @Test("What was just written is read whole")
    func content() throws {
        let path = try write("link", [1, 2, 3])
        let bytes = try files.read(path, limit: 3)
        #expect(bytes.map { Array($0.readableBytesView) } == (try canTell ? [1, 2, 3] : nil))
        #expect(try files.read(write("empty", []), limit: 3)?.readableBytes == (try canTell ? 0 : nil))
    }

    @Test("What is no small file is left to who may wait: it finds out what is wrong with it")
    func others() throws {
        let path = try write("link", [1, 2, 3])
        #expect(try files.read(path, limit: 2) == nil)
        #expect(try files.read(path, limit: CachedFiles.maximumBytes + 1) == nil)
        #expect(try files.read(folder.path, limit: 100) == nil)
        #expect(symlink(folder.path + "/round", folder.path + "/round") == 0)
        #expect(try files.read(folder.path + "/round", limit: 100) == nil)
    }

    @Test("A piece of an open file is read whole or not at all")
    func pieces() throws {
        let descriptor = try FileDescriptor.open(try write("content", [1, 2, 3]), O_RDONLY)
        defer { descriptor.close() }
        let piece = files.read(descriptor, at: 1, count: 2)
        #expect(piece.map { Array($0.readableBytesView) } == (try canTell ? [2, 3] : nil))
        #expect(files.read(descriptor, at: 1, count: 3) == nil)
        #expect(files.read(descriptor, at: 0, count: CachedFiles.maximumBytes + 1) == nil)
    }

    @Test("A pipe without a writer is not waited for")
    func pipe() throws {
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        _ = try files.read(folder.path + "/pipe", limit: 100)
    }

    @Test("A file that is known not to be there is told of at once")
    func missing() throws {
        let path = folder.path + "/none"
        // Whoever has looked once has the kernel know it.
        #expect(throws: SystemError.self) { try FileStatus(of: path) }
        if try canTell {
            #expect(throws: SystemError.self) { try files.read(path, limit: 100) }
        } else {
            #expect((try? files.read(path, limit: 100)) == nil)
        }
    }

    @Test("What is read is what is there now, not what was")
    func fresh() throws {
        guard try canTell else { return }
        let path = try write("link", [1])
        #expect(try files.read(path, limit: 10)?.readableBytes == 1)
        let other = try write("other", [2, 2])
        #expect(rename(other, path) == 0)
        #expect(try files.read(path, limit: 10)?.readableBytes == 2)
        #expect(unlink(path) == 0)
        #expect(throws: SystemError.self) { try files.read(path, limit: 10) }
    }
}
