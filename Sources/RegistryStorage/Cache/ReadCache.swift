//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryTelemetry

/// What a server knows of a storage that is asked over a network, so that it asks once and not for every request: links
/// for a while, reads that are under way, and the content in a local cache, if there is one.
///
/// One for all drivers of a storage, since each must tell it what it changes.
package final class ReadCache: Sendable {
    let freshness: LinkFreshness
    let links: RecentLinks
    let content: ContentCache?
    private let instruments: ReadCacheInstruments
    private let openings = SingleFlight<StoragePath, Opened>()
    private let confirmations = SingleFlight<StoragePath, Int64>()
    private let reads = SingleFlight<ReadKey, ByteBuffer>()
    private let streams: SharedReads

    /// Up to this, content is read whole: one request to the storage.
    static let smallBytes: Int64 = 1 << 20

    private struct ReadKey: Hashable {
        var path: StoragePath
        var limit: Int
        /// Of links: nobody joins a read that began before a change.
        var ticket: RecentLinks.Ticket?
    }

    private enum Opened {
        case bytes(ByteBuffer)
        case fill(CacheFill)
        case stream(size: Int64)
        /// Something has changed meanwhile.
        case again
    }

    /// - Parameter content: the local cache; nil without.
    package convenience init(_ freshness: LinkFreshness, content: ContentCache?, instruments: ReadCacheInstruments) {
        self.init(freshness, content: content, SharedReads(), instruments: instruments)
    }

    /// - Parameter streams: what is read at the moment.
    init(_ freshness: LinkFreshness, content: ContentCache?, _ streams: SharedReads, instruments: ReadCacheInstruments)
    {
        self.freshness = freshness
        self.links = RecentLinks(freshness)
        self.content = content
        self.streams = streams
        self.instruments = instruments
    }

    // MARK: Small content

    func readLink(_ path: StoragePath, limit: Int, _ base: any StorageDriver) async throws(StorageError) -> ByteBuffer {
        if let bytes = links[path] {
            instruments.recalledLinks.add()
            return bytes
        }
        let ticket = links.ticket(path)
        let key = ReadKey(path: path, limit: limit, ticket: ticket)
        let (bytes, isShared) = try await reads.run(key) { () async throws(StorageError) in
            let start = MonotonicTime.now
            let bytes = try await base.read(path, limit: limit)
            links.keep(bytes, of: path, ticket, readAt: start)
            return bytes
        }
        if isShared { instruments.shared[.link].add() }
        return bytes
    }

    /// Reads content by its digest, such as a manifest.
    func read(_ digest: Digest, _ path: StoragePath, limit: Int, _ base: any StorageDriver)
        async throws(StorageError) -> ByteBuffer
    {
        if let content = try await whole(digest, path, base) {
            defer { content.close() }
            guard content.size <= limit else {
                throw StorageError(.tooLarge, "read", path, cause: "more than \(limit) bytes")
            }
            return try await content.read(at: 0, count: Int(content.size))
        }
        let key = ReadKey(path: path, limit: limit)
        let (bytes, isShared) = try await reads.run(key) { () async throws(StorageError) in
            let bytes = try await base.read(path, limit: limit)
            if let content, try await isRight(bytes, digest) { await content.store(digest, bytes) }
            return bytes
        }
        if isShared { instruments.shared[.content].add() }
        return bytes
    }

    private func isRight(_ bytes: ByteBuffer, _ digest: Digest) async throws(StorageError) -> Bool {
        guard let content else { return true }
        return try await content.pool.run { () throws(StorageError) in
            var hasher = ContentHasher(digest.algorithm)
            bytes.withUnsafeReadableBytes { hasher.update($0) }
            return hasher.digest == digest
        }
    }

    // MARK: Content of any size

    func open(_ digest: Digest, _ path: StoragePath, _ base: any StorageDriver)
        async throws(StorageError) -> any StoredContent
    {
        let span = OpenSpan.begin()
        let note: @Sendable (ContentCacheResult) -> Void = { [instruments, content] result in
            guard content != nil else { return }
            instruments.requests[result].add()
            span?.end(.localCache(result))
        }
        let reopen: ContentOpening = { () async throws(StorageError) in try await base.open(path) }
        while true {
            if let whole = try await whole(digest, path, base) {
                note(.hit)
                return whole
            }
            if let content, case .filling(let fill) = content.find(digest) {
                if let followed = follow(fill, reopen, note) { return followed }
                await Task.yield()
            }
            if let size = streams.size(of: path) {
                note(.bypass)
                return shared(path, size: size, reopen)
            }
            // Of who opens it.
            var own: (any StoredContent)?
            let (opened, isShared) = try await openings.run(path) { () async throws(StorageError) in
                try await begin(digest, path, base, reopen, &own)
            }
            switch opened {
            case .again: continue
            case .bytes(let bytes):
                if isShared { instruments.shared[.content].add() }
                note(isShared ? .follower : .miss)
                return MemoryContent(bytes: bytes, path: path)
            case .fill(let fill) where !isShared:
                return FollowedContent(fill, reopen) { note($0 ? .miss : .bypass) }
            case .fill(let fill):
                if let followed = follow(fill, reopen, note) { return followed }
            case .stream(let size):
                note(.bypass)
                return own ?? shared(path, size: size, reopen)
            }
        }
    }

    private func shared(
        _ path: StoragePath,
        size: Int64,
        base: (any StoredContent)? = nil,
        _ reopen: @escaping ContentOpening
    ) -> SharedContent {
        SharedContent(streams, path, size: size, base: base, reopen) { [instruments] in
            instruments.shared[.content].add()
        }
    }

    private func follow(
        _ fill: CacheFill,
        _ reopen: @escaping ContentOpening,
        _ note: @escaping @Sendable (ContentCacheResult) -> Void
    ) -> FollowedContent? {
        guard fill.join() else { return nil }
        return FollowedContent(fill, reopen) { note($0 ? .follower : .bypass) }
    }

    /// Opens content for all who wait for it.
    private func begin(
        _ digest: Digest,
        _ path: StoragePath,
        _ base: any StorageDriver,
        _ reopen: @escaping ContentOpening,
        _ own: inout (any StoredContent)?
    ) async throws(StorageError) -> Opened {
        let isReady = await content?.isReady() ?? false
        // Another has filled it since it was looked for.
        if let content {
            guard case .absent = content.find(digest) else { return .again }
        }
        let opened = try await base.open(path)
        guard opened.size > Self.smallBytes else {
            defer { opened.close() }
            let bytes = try await opened.read(at: 0, count: Int(opened.size))
            guard let content else { return .bytes(bytes) }
            guard try await isRight(bytes, digest) else {
                instruments.failures[.content].add()
                throw StorageError(.truncated, "read", path, cause: "is not what its name says")
            }
            await content.store(digest, bytes)
            return .bytes(bytes)
        }
        if isReady, let fill = await content?.begin(digest, path, opened) { return .fill(fill) }
        own = shared(path, size: opened.size, base: opened, reopen)
        return .stream(size: opened.size)
    }

    /// What the local cache has whole, if the storage has it still.
    /// - Throws: `notFound` where it has not.
    private func whole(_ digest: Digest, _ path: StoragePath, _ base: any StorageDriver)
        async throws(StorageError) -> WholeContent?
    {
        guard let content, await content.isReady(), case .whole(let entry) = content.find(digest) else { return nil }
        if !(entry.confirmed.map { .now - $0 < freshness.digests } ?? false) {
            let start = MonotonicTime.now
            do throws(StorageError) {
                let size = try await confirmations.run(path) { () async throws(StorageError) in
                    try await base.stat(path).size
                }.value
                guard size == entry.size else { throw StorageError(.truncated, "stat", path) }
                content.confirm(digest, at: start)
            } catch {
                switch error.code {
                case .notFound: content.forget(digest)
                case .truncated:
                    // What is there is something else: it is told of when it is read.
                    content.forget(digest)
                    return nil
                default: break
                }
                throw error
            }
        }
        guard let file = await content.open(digest, size: entry.size, path) else { return nil }
        return WholeContent(file, digest, content) { () async throws(StorageError) in try await base.open(path) }
    }

    // MARK: Changes by this server

    /// Something was written.
    func wrote(_ path: StoragePath, _ bytes: ByteBuffer?) {
        guard DiskLayout.isLink(path) else { return }
        if let bytes { links.wrote(bytes, to: path) } else { links.forget() }
    }

    /// Something was removed, or moved elsewhere, with all below it.
    func removed(_ path: StoragePath) {
        if DiskLayout.mayHoldLinks(path) { links.forget() }
        if let digest = DiskLayout.blobDigest(path) ?? DiskLayout.blobDigest(path.appending("data")) {
            streams.forget(DiskLayout.blob(digest))
            content?.forget(digest)
        } else if DiskLayout.mayHoldBlobs(path) {
            streams.forgetAll()
            content?.forgetAll()
        }
    }
}
