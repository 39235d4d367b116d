//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
import NIOCore
import Synchronization

/// Opens and reads what the kernel has in memory, on the thread that asks and without ever waiting for a disk.
///
/// A pull begins with a link of some seventy bytes. To hand that to a thread of the I/O pool and to be woken by it again takes
/// many times what the three calls of the system take. They are told to fail in place of waiting (`RESOLVE_CACHED` of
/// openat2(2), `RWF_NOWAIT` of preadv2(2)), so that an event loop may make them. Nil says that a thread that may wait has to
/// look; that one then also finds out what is wrong with a file.
final class CachedFiles: Sendable {
    /// Whether kernel and file system can tell what would wait; many others than ext4, XFS and btrfs cannot.
    private let canTell = Atomic(true)

    /// More than this is not copied on a thread that has others waiting, though it could be.
    static let maximumBytes = 16 << 10

    /// Opens a file or a folder for reading.
    /// - Returns: nil as above; otherwise whoever asks closes it.
    /// - Throws: `ENOENT` or `ENOTDIR` for what the kernel knows is not there.
    func open(_ file: String) throws(SystemError) -> FileDescriptor? {
        guard canTell.load(ordering: .relaxed) else { return nil }
        let opened = file.withCString { plimsoll_open_cached($0) }
        guard opened < 0 else { return FileDescriptor(rawValue: opened) }
        if opened == -ENOENT || opened == -ENOTDIR { throw SystemError(number: -opened) }
        if opened == -ENOSYS || opened == -EINVAL { canTell.store(false, ordering: .relaxed) }
        return nil
    }

    /// A small file's content.
    /// - Parameter limit: bytes that the caller takes.
    /// - Returns: nil as above.
    /// - Throws: as ``open(_:)``.
    func read(_ file: String, limit: Int) throws(SystemError) -> ByteBuffer? {
        guard limit <= Self.maximumBytes, let descriptor = try open(file) else { return nil }
        defer { descriptor.close() }
        let status = try descriptor.status
        guard !status.isFolder, status.size <= limit else { return nil }
        return read(descriptor, at: 0, count: Int(status.size))
    }

    /// A piece of an open file.
    /// - Returns: all of it; nil as above, and where the file ends within it.
    func read(_ descriptor: FileDescriptor, at offset: Int64, count: Int) -> ByteBuffer? {
        guard count <= Self.maximumBytes, canTell.load(ordering: .relaxed) else { return nil }
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var taken: Int64 = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            taken = plimsoll_read_cached(descriptor.rawValue, space.baseAddress, count, offset)
            return max(0, Int(taken))
        }
        if taken == -Int64(EOPNOTSUPP) { canTell.store(false, ordering: .relaxed) }
        return taken == count ? buffer : nil
    }
}
