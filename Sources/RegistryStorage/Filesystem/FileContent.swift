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

    private let descriptor: FileDescriptor
    private let path: StoragePath
    private let pool: IOPool
    private let cached: CachedFiles

    private static let hashBatch = 1 << 20

    init(_ descriptor: FileDescriptor, size: Int64, path: StoragePath, pool: IOPool, cached: CachedFiles) {
        self.size = size
        self.descriptor = descriptor
        self.path = path
        self.pool = pool
        self.cached = cached
    }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        if let piece = cached.read(descriptor, at: offset, count: count) { return piece }
        return try await pool.run { [descriptor, path] () throws(StorageError) in
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

    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? {
        try await pool.run { [descriptor, path] () throws(StorageError) in
            do throws(SystemError) {
                // A mapping has zeros between the end of its file and that of the page.
                let known = try descriptor.status.size
                let there = Int(min(Int64(count), known - offset))
                guard there > 0 else { throw SystemError.truncated }
                let sent = Result { () throws(SystemError) in
                    try descriptor.send(at: offset, count: there, to: socket)
                }
                let isWhole = try offset + Int64(there) <= descriptor.status.size
                switch sent {
                case .success(let taken):
                    // What was sent of a file that was cut meanwhile is not all: the next call finds that out.
                    return isWhole ? taken : min(taken, count - 1)
                case .failure(let error): throw isWhole ? error : SystemError.truncated
                }
            } catch {
                guard error.number != ENODATA else {
                    throw StorageError(.truncated, "read", path, cause: "ends before byte \(offset + Int64(count))")
                }
                throw error.at("read", path)
            }
        }
    }

    func close() { descriptor.close() }
}
