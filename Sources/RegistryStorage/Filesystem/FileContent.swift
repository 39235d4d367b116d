//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore

/// A file opened for reading.
struct FileContent: StoredContent {
    let size: Int64
    let fileHandle: NIOFileHandle?

    private let descriptor: FileDescriptor
    private let path: StoragePath
    private let pool: IOPool

    private static let hashBatch = 1 << 20

    init(_ descriptor: FileDescriptor, size: Int64, path: StoragePath, pool: IOPool) {
        self.size = size
        self.descriptor = descriptor
        self.fileHandle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor.rawValue)
        self.path = path
        self.pool = pool
    }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        try await pool.run { [descriptor, path] () throws(StorageError) in
            do throws(SystemError) {
                var buffer = ByteBufferAllocator().buffer(capacity: count)
                try buffer.fill(from: descriptor, at: offset, count: count)
                return buffer
            } catch {
                throw error.at("read", path)
            }
        }
    }

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        try await pool.run { [descriptor, path] () throws(StorageError) in
            var hasher = hasher
            var buffer = ByteBufferAllocator().buffer(capacity: Self.hashBatch)
            while hasher.count < offset {
                buffer.clear()
                let count = Int(min(offset - hasher.count, Int64(Self.hashBatch)))
                do throws(SystemError) {
                    try buffer.fill(from: descriptor, at: hasher.count, count: count)
                } catch {
                    throw error.at("read", path)
                }
                guard buffer.readableBytes > 0 else {
                    throw StorageError(.truncated, "read", path, cause: "shorter than it was")
                }
                buffer.withUnsafeReadableBytes { hasher.update($0) }
            }
            return hasher
        }
    }

    func prefetch(at offset: Int64, count: Int64) async throws(StorageError) {
        try await pool.run { [descriptor, path] () throws(StorageError) in
            // sendfile(2) of what is not there sends nothing and says nothing, again and again.
            let size: Int64
            do throws(SystemError) { size = try descriptor.status.size } catch { throw error.at("read", path) }
            guard offset + count <= size else {
                throw StorageError(.truncated, "read", path, cause: "has \(size) bytes now")
            }
            // Advice: that it could not be given is no failure.
            _ = posix_fadvise(descriptor.rawValue, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
        }
    }

    func close() {
        // Closing a file that was only read cannot fail in a way that matters.
        try? fileHandle?.close()
    }
}
