//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import Synchronization

/// An entry of a cache while it is filled, and those who read it meanwhile.
///
/// There is no task of its own: who needs a byte that is not there yet, and finds nobody fetching, fetches the next piece
/// for all. So the fastest reader sets the pace, slow ones read what is in the file, and when a reader goes away another
/// goes on where it was. Without readers it ends.
final class CacheFill: Sendable {
    let digest: Digest
    let size: Int64
    let file: FileDescriptor
    let temporary: String
    private let path: StoragePath
    private let cache: ContentCache
    private let state: Mutex<State>

    /// Fetched at a time.
    static let pieceBytes: Int64 = 1 << 20

    private struct State {
        /// Bytes that are in the file.
        var filled: Int64 = 0
        var phase = Phase.filling
        var isFetching = false
        var users = 1
        /// Where the bytes come from, until the last has gone.
        var base: (any StoredContent)?
        var hasher: ContentHasher
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private enum Phase {
        case filling
        /// All is in the file, and right.
        case whole
        /// The file does not grow any more: who needs more gets it from the storage.
        case detached
        case failed(StorageError)
    }

    /// A filling with one reader.
    init(
        _ cache: ContentCache,
        _ digest: Digest,
        _ path: StoragePath,
        _ base: any StoredContent,
        _ file: FileDescriptor,
        _ temporary: String
    ) {
        self.cache = cache
        self.digest = digest
        self.path = path
        self.size = base.size
        self.file = file
        self.temporary = temporary
        self.state = Mutex(State(base: base, hasher: ContentHasher(digest.algorithm)))
    }

    // MARK: Readers

    /// One reader more.
    /// - Returns: false if it has ended.
    func join() -> Bool {
        state.withLock { state in
            guard state.users > 0 else { return false }
            switch state.phase {
            case .filling, .whole: state.users += 1
            case .detached, .failed: return false
            }
            return true
        }
    }

    /// One reader less.
    func leave() {
        let last = state.withLock { state -> (base: (any StoredContent)?, isWhole: Bool)? in
            state.users -= 1
            guard state.users == 0 else { return nil }
            defer { state.base = nil }
            if case .whole = state.phase { return (state.base, true) }
            return (state.base, false)
        }
        guard let last else { return }
        last.base?.close()
        // What is whole is being published, or has been, by one who leaves after that.
        cache.end(self, isSettled: last.isWhole)
    }

    /// Gives the content to its only reader, as long as nothing of it has been read.
    func takeOver() -> (any StoredContent)? {
        let base = state.withLock { state -> (any StoredContent)? in
            guard state.users == 1, state.filled == 0, !state.isFetching, case .filling = state.phase else {
                return nil
            }
            state.phase = .detached
            return state.base.take()
        }
        if base != nil { cache.give(up: self) }
        return base
    }

    // MARK: Reading

    private enum Step {
        case stored(upTo: Int64)
        case fetch(any StoredContent, ContentHasher, at: Int64)
        case wait, elsewhere
        case failed(StorageError)
    }

    /// Reads bytes that are there, or waits for them; fewer than asked for only at the end.
    /// - Returns: nil where they must be had from the storage.
    /// - Throws: when the storage has failed, or gave something else than the digest says.
    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer? {
        let end = min(offset + Int64(count), size)
        var bytes = ByteBuffer()
        while offset + Int64(bytes.readableBytes) < end {
            let position = offset + Int64(bytes.readableBytes)
            switch step(position) {
            case .failed(let error): throw error
            case .elsewhere: return nil
            case .wait: await wait(beyond: position)
            case .fetch(let base, let hasher, let start): try await fetch(from: base, hasher, at: start)
            case .stored(let filled):
                guard var piece = await stored(at: position, count: Int(min(end, filled) - position)) else {
                    return nil
                }
                if bytes.readableBytes == 0 { bytes = piece } else { bytes.writeBuffer(&piece) }
            }
        }
        return bytes
    }

    private func step(_ position: Int64) -> Step {
        state.withLock { state in
            if case .failed(let error) = state.phase { return .failed(error) }
            if position < state.filled { return .stored(upTo: state.filled) }
            guard case .filling = state.phase, let base = state.base else { return .elsewhere }
            guard !state.isFetching else { return .wait }
            state.isFetching = true
            return .fetch(base, state.hasher, at: state.filled)
        }
    }

    /// Nil where the cache's disk fails.
    private func stored(at position: Int64, count: Int) async -> ByteBuffer? {
        do throws(StorageError) {
            return try await cache.pool.run { [file, path] () throws(StorageError) in
                do throws(SystemError) {
                    var buffer = ByteBufferAllocator().buffer(capacity: count)
                    try buffer.fill(from: file, at: position, count: count)
                    guard buffer.readableBytes == count else { throw SystemError.truncated }
                    return buffer
                } catch {
                    throw error.at("read", path)
                }
            }
        } catch {
            cache.fault(error)
            return nil
        }
    }

    private func wait(beyond position: Int64) async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard case .filling = state.phase, state.isFetching, state.filled <= position else { return false }
                state.waiting.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    /// Changes the state, and has all look again who wait.
    private func turn(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            state.isFetching = false
            change(&state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Fetching

    private func fetch(from base: any StoredContent, _ hasher: ContentHasher, at position: Int64)
        async throws(StorageError)
    {
        let bytes: ByteBuffer
        do throws(StorageError) {
            bytes = try await base.read(at: position, count: Int(min(Self.pieceBytes, size - position)))
            guard bytes.readableBytes > 0 else {
                throw StorageError(.truncated, "read", path, cause: "ends at byte \(position) of \(size)")
            }
        } catch {
            // One that goes away is no failure of the storage: the next goes on.
            if Task.isCancelled { turn { _ in } } else { fail(error) }
            throw error
        }
        let end = position + Int64(bytes.readableBytes)
        do throws(StorageError) {
            let hasher = try await cache.pool.run { [file, path] () throws(StorageError) in
                var hasher = hasher
                bytes.withUnsafeReadableBytes { hasher.update($0) }
                do throws(SystemError) { try file.write(bytes, at: position) } catch { throw error.at("write", path) }
                return hasher
            }
            try took(upTo: end, hasher)
        } catch {
            guard error.code != .truncated else { throw error }
            // Only the cache has failed, so its readers get the rest from the storage.
            cache.fault(error)
            cache.give(up: self)
            turn { $0.phase = .detached }
        }
    }

    private func took(upTo end: Int64, _ hasher: ContentHasher) throws(StorageError) {
        guard end == size else {
            return turn { state in
                state.filled = end
                state.hasher = hasher
            }
        }
        guard hasher.digest == digest else {
            cache.instruments.failures[.content].add()
            // The last bytes are given to nobody, so nobody takes it for whole.
            let error = StorageError(.truncated, "read", path, cause: "is \(hasher.digest), \(size) bytes long")
            fail(error)
            throw error
        }
        turn { state in
            state.filled = end
            state.phase = .whole
            // For who publishes it.
            state.users += 1
        }
        cache.publish(self)
    }

    private func fail(_ error: StorageError) {
        cache.give(up: self)
        turn { $0.phase = .failed(error) }
    }
}
