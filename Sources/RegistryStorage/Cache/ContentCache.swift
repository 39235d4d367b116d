//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryTelemetry
import Synchronization

/// A bounded cache of content on a local disk, filled by what is read.
///
/// It decides nothing: whether a repository has content is asked before, and whether the storage still has it from time to
/// time. What it has is whole, and was compared with its digest when it was taken in. Where its disk is full or broken,
/// reads go on without it.
package final class ContentCache: Sendable {
    package struct Settings: Sendable, Equatable {
        package var path: String
        /// Of all content, whole or being filled.
        package var bytes: Int64
        /// How long nothing is taken in after a fault of the disk.
        package var retryTime = Duration.seconds(30)

        package init(path: String, bytes: Int64) {
            self.path = path
            self.bytes = bytes
        }
    }

    let pool: IOPool
    let instruments: ReadCacheInstruments
    private let settings: Settings
    private let folder: CacheFolder
    private let cached = CachedFiles()
    private let observer: any Observer
    private let state: Mutex<State>
    private let starts = SingleFlight<Int, Bool>()

    private struct State {
        var index: CacheIndex
        var fills: [Digest: CacheFill] = [:]
        /// Of the folder; nil until it has been taken.
        var lock: FileDescriptor?
        /// Nothing is taken in before.
        var resumption: MonotonicTime?
        var isFaulty = false
    }

    package init(
        _ settings: Settings,
        pool: IOPool,
        instruments: ReadCacheInstruments,
        observer: any Observer
    ) {
        self.settings = settings
        self.folder = CacheFolder(settings.path)
        self.pool = pool
        self.instruments = instruments
        self.observer = observer
        self.state = Mutex(State(index: CacheIndex(limit: settings.bytes)))
    }

    deinit { state.withLock { $0.lock?.close() } }

    // MARK: The start

    /// Takes its folder and what is in it.
    ///
    /// Where that fails it is tried again later.
    package func start() async { _ = await isReady() }

    /// Whether it has its folder.
    func isReady() async -> Bool {
        let (isOpen, mayTry) = state.withLock { state in
            (state.lock != nil, state.resumption.map { $0 <= .now } ?? true)
        }
        guard !isOpen, mayTry else { return isOpen }
        // It never fails as a piece of work.
        return (try? await starts.run(0) { () async throws(StorageError) in await take() }.value) ?? false
    }

    private func take() async -> Bool {
        guard state.withLock({ $0.lock == nil }) else { return true }
        let folder = folder
        do throws(StorageError) {
            let (lock, found) = try await pool.run { () throws(StorageError) in
                do throws(SystemError) {
                    return (try folder.take(), folder.contents())
                } catch {
                    throw error.at("open", .root)
                }
            }
            let evicted = state.withLock { state in
                state.lock = lock
                return found.flatMap { state.index.adopt($0.digest, size: $0.size) }
            }
            remove(evicted)
            recovered()
            return true
        } catch {
            fault(error)
            return false
        }
    }

    // MARK: Looking

    enum Finding {
        case whole(CacheIndex.Entry)
        case filling(CacheFill)
        case absent
    }

    func find(_ digest: Digest) -> Finding {
        state.withLock { state in
            if let entry = state.index.use(digest) { return .whole(entry) }
            return state.fills[digest].map { .filling($0) } ?? .absent
        }
    }

    func confirm(_ digest: Digest, at time: MonotonicTime) {
        state.withLock { $0.index.confirm(digest, at: time) }
    }

    /// Opens what is whole; what cannot be opened is no entry any more.
    func open(_ digest: Digest, size: Int64, _ path: StoragePath) async -> FileContent? {
        let (folder, pool, cached) = (folder, pool, cached)
        do throws(StorageError) {
            return try await pool.run { () throws(StorageError) in
                do throws(SystemError) {
                    let descriptor = try folder.open(digest, size: size)
                    return FileContent(descriptor, size: size, path: path, pool: pool, cached: cached)
                } catch {
                    throw error.at("open", path)
                }
            }
        } catch {
            drop(digest)
            // Somebody has tidied up: no fault.
            if error.code != .notFound { fault(error) }
            return nil
        }
    }

    // MARK: Filling

    /// Begins to fill an entry.
    /// - Parameter base: the content, which the filling closes.
    /// - Returns: nil where it cannot be taken in; the content is then the caller's.
    func begin(_ digest: Digest, _ path: StoragePath, _ base: any StoredContent) async -> CacheFill? {
        let size = base.size
        guard let (file, temporary) = await place(size) else { return nil }
        let fill = CacheFill(self, digest, path, base, file, temporary)
        state.withLock { $0.fills[digest] = fill }
        return fill
    }

    /// Takes in small content, in a while.
    func store(_ digest: Digest, _ bytes: ByteBuffer) async {
        guard case .absent = find(digest), await isReady() else { return }
        let size = Int64(bytes.readableBytes)
        guard let (file, temporary) = await place(size) else { return }
        _ = pool.start { [self] () throws(StorageError) in
            do throws(SystemError) {
                try file.write(bytes, at: 0)
                settle(digest, size, file, temporary)
            } catch {
                release(size)
                folder.discard(temporary)
                fault(error.at("write", .root))
            }
            file.close()
        }
    }

    /// Makes room, and a file for it.
    private func place(_ size: Int64) async -> (file: FileDescriptor, path: String)? {
        let evicted = state.withLock { state -> [Digest]? in
            guard state.lock != nil, state.resumption.map({ $0 <= .now }) ?? true else { return nil }
            return state.index.reserve(size)
        }
        guard let evicted else { return nil }
        let folder = folder
        note(evictions: evicted.count)
        do throws(StorageError) {
            return try await pool.run { () throws(StorageError) in
                folder.remove(evicted)
                do throws(SystemError) { return try folder.begin() } catch { throw error.at("write", .root) }
            }
        } catch {
            release(size)
            fault(error)
            return nil
        }
    }

    /// Makes an entry of a file that is whole and right.
    ///
    /// Blocks.
    private func settle(_ digest: Digest, _ size: Int64, _ file: FileDescriptor, _ temporary: String) {
        do throws(SystemError) {
            try folder.publish(file, temporary, as: digest)
        } catch {
            release(size)
            folder.discard(temporary)
            return fault(error.at("publish", .root))
        }
        state.withLock { state in
            state.index.settle(digest, .init(size: size, confirmed: .now))
            state.fills[digest] = nil
            show(state)
        }
        instruments.filledBytes.add(size)
        recovered()
    }

    /// Makes an entry of a filling that has its last byte, in a while; until then it is followed.
    func publish(_ fill: CacheFill) {
        _ = pool.start { [self] () throws(StorageError) in
            let isWanted = state.withLock { $0.fills[fill.digest] === fill }
            if isWanted {
                settle(fill.digest, fill.size, fill.file, fill.temporary)
            } else {
                release(fill.size)
                folder.discard(fill.temporary)
            }
            fill.leave()
        }
    }

    /// Lets go of a filling: who comes now begins anew.
    func give(up fill: CacheFill) {
        state.withLock { state in
            if state.fills[fill.digest] === fill { state.fills[fill.digest] = nil }
        }
    }

    /// The last of those who follow has gone.
    func end(_ fill: CacheFill, isSettled: Bool) {
        give(up: fill)
        if !isSettled { release(fill.size) }
        _ = pool.start { [folder] () throws(StorageError) in
            if !isSettled { folder.discard(fill.temporary) }
            fill.file.close()
        }
    }

    private func release(_ size: Int64) { state.withLock { $0.index.release(size) } }

    // MARK: Letting go

    /// Lets go of content that the storage has no more; what is being filled is followed to its end and then thrown away.
    func forget(_ digest: Digest) {
        state.withLock { $0.fills[digest] = nil }
        drop(digest)
    }

    func forgetAll() {
        let digests = state.withLock { state in
            state.fills = [:]
            defer { show(state) }
            return state.index.removeAll()
        }
        remove(digests)
    }

    func drop(_ digest: Digest) {
        let isThere = state.withLock { state in
            let isThere = state.index.remove(digest)
            if isThere { show(state) }
            return isThere
        }
        if isThere { remove([digest]) }
    }

    private func remove(_ digests: [Digest]) {
        guard !digests.isEmpty else { return }
        _ = pool.start { [folder] () throws(StorageError) in folder.remove(digests) }
    }

    // MARK: What is told

    /// Goes on without taking anything in, for a while.
    func fault(_ error: StorageError) {
        instruments.failures[error.code == .noSpace ? .full : .folder].add()
        let isNew = state.withLock { state in
            state.resumption = .now + settings.retryTime
            defer { state.isFaulty = true }
            return !state.isFaulty
        }
        guard isNew else { return }
        let cause = error.code == .busy ? "another server uses it" : error.cause
        observer.note(
            ServerEvent(.cacheFailed, [.init(.path, .text(folder.path)), .init(.cause, .text(cause))])
        )
    }

    private func recovered() {
        let wasFaulty = state.withLock { state in
            state.resumption = nil
            defer { state.isFaulty = false }
            show(state)
            return state.isFaulty
        }
        if wasFaulty { observer.note(ServerEvent(.cacheRecovered, [.init(.path, .text(folder.path))])) }
    }

    private func show(_ state: borrowing State) {
        instruments.bytes.set(state.index.bytes)
        instruments.entries.set(Int64(state.index.count))
    }

    private func note(evictions count: Int) {
        guard count > 0 else { return }
        instruments.evictions.add(Int64(count))
    }
}
