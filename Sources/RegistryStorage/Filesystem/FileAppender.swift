//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
import NIOCore
import Synchronization

/// A file opened for appending, under an exclusive lock that other processes see too.
final class FileAppender: ContentAppender {
    let initialSize: Int64

    private let descriptor: FileDescriptor
    private let path: StoragePath
    private let pool: IOPool
    private let state: Mutex<State>

    private struct State {
        /// The batch being written; its result is where the next one starts.
        var pending: IOTask<Position>?
        var isClosed = false
    }

    /// Where the content ends and what it hashes to.
    private struct Position: Sendable {
        var size: Int64
        var hasher: ContentHasher
    }

    /// Opens the file; blocks.
    init(file: String, path: StoragePath, pool: IOPool) throws(SystemError) {
        let descriptor = try FileDescriptor.open(file, O_RDWR | O_CREAT)
        do throws(SystemError) {
            let failure = plimsoll_try_lock(descriptor.rawValue)
            guard failure == 0 else { throw SystemError(number: failure) }
            try Self.checkStillThere(descriptor, file)
            self.initialSize = try descriptor.status.size
        } catch {
            descriptor.close()
            throw error
        }
        self.descriptor = descriptor
        self.path = path
        self.pool = pool
        self.state = Mutex(State())
    }

    /// Between opening and locking, the one who had the lock may have moved the file to its place as a blob.
    private static func checkStillThere(_ descriptor: FileDescriptor, _ file: String) throws(SystemError) {
        guard try descriptor.status.isSameFile(as: FileStatus(of: file)) else { throw SystemError(number: ENOENT) }
    }

    deinit {
        if !state.withLock({ $0.isClosed }) { descriptor.close() }
    }

    func close() {
        state.withLock { state in
            // A batch that is still being written holds the file; it is closed with the last who knows of it.
            guard !state.isClosed, state.pending?.isDone ?? true else { return }
            state.isClosed = true
            descriptor.close()
        }
    }

    func append(_ batch: ByteBuffer, hashing hasher: ContentHasher) async throws(StorageError) {
        let before = try await flush() ?? (size: initialSize, hasher: hasher)
        // The work holds the appender, so that the file stays open until it is done.
        let task = pool.start { [self] () throws(StorageError) in
            do throws(SystemError) {
                return try Self.write(batch, to: descriptor, at: Position(size: before.size, hasher: before.hasher))
            } catch {
                throw error.at("append", path)
            }
        }
        state.withLock { $0.pending = task }
    }

    func flush() async throws(StorageError) -> (size: Int64, hasher: ContentHasher)? {
        guard let task = state.withLock({ $0.pending }) else { return nil }
        let position = try await task.value
        return (position.size, position.hasher)
    }

    /// Writes and hashes one batch: one hop to the pool, and the bytes are still in the processor's cache.
    private static func write(
        _ batch: ByteBuffer,
        to descriptor: FileDescriptor,
        at start: Position
    ) throws(SystemError) -> Position {
        let result = batch.withUnsafeReadableBytes { bytes in
            Result { () throws(SystemError) in
                do throws(SystemError) {
                    try descriptor.write(bytes, at: start.size)
                } catch {
                    // The upload ends where it was whole, so that it can go on from there.
                    try? descriptor.truncate(to: start.size)
                    throw error
                }
                var next = start
                next.hasher.update(bytes)
                next.size += Int64(bytes.count)
                return next
            }
        }
        return try result.get()
    }
}
