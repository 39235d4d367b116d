//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryObjectStorage
import RegistryTelemetry
import RegistryTestKit

@testable import RegistryStorage

/// A store with a cache in front, as a server has them.
struct CachedStore {
    let store: MemoryObjectStore
    let instruments = ReadCacheInstruments()
    let observer = RecordingObserver()
    let driver: CachedDriver
    /// For who works without a request.
    let quiet: CachedDriver
    let content: ContentCache?

    /// - Parameters:
    ///   - folder: of the local cache; nil for none.
    ///   - fault: see ``FaultyDriver``.
    init(
        _ store: MemoryObjectStore = MemoryObjectStore(),
        folder: String? = nil,
        bytes: Int64 = 1 << 30,
        freshness: LinkFreshness = LinkFreshness(tags: .seconds(600), digests: .seconds(600)),
        streams: SharedReads.Settings = .init(),
        _ fault: FaultyDriver.Fault? = nil
    ) async {
        self.store = store
        var content: ContentCache?
        if let folder {
            content = ContentCache(
                .init(path: folder, bytes: bytes),
                pool: .forTests,
                instruments: instruments,
                observer: observer
            )
            await content?.start()
        }
        self.content = content
        let cache = ReadCache(freshness, content: content, SharedReads(streams), instruments: instruments)
        let plain = ObjectStorageDriver.forTests(store)
        let base: any StorageDriver = fault.map { FaultyDriver(plain, $0) } ?? plain
        driver = CachedDriver(base, cache)
        quiet = CachedDriver(base, cache, answers: false)
    }

    /// Requests for objects' content so far.
    var gets: Int { store.requests["get"] ?? 0 }
    var allRequests: Int { store.requests.values.reduce(0, +) }

    /// Puts a blob as another server does.
    /// - Parameter name: the digest that it is put under; its own if nil.
    @discardableResult
    func put(_ bytes: ByteBuffer, as name: Digest? = nil) async throws -> Digest {
        let digest = name ?? Digest.of(Array(bytes.readableBytesView))
        try await store.put(Self.key(digest), ObjectBytes([bytes]), .none)
        return digest
    }

    static func key(_ digest: Digest) -> String { String(DiskLayout.blob(digest).description.dropFirst()) }

    static func sample(_ count: Int, seed: Int = 1) -> ByteBuffer {
        ByteBuffer(bytes: PseudorandomBytes.bytes(count, seed: seed))
    }

    /// Pulls a blob as a client does, and compares each piece.
    /// - Returns: whether all of it was right.
    func pull(_ digest: Digest, _ whole: ByteBuffer, piece: Int = 256 << 10) async throws -> Bool {
        let content = try await driver.open(DiskLayout.blob(digest))
        defer { content.close() }
        guard content.size == Int64(whole.readableBytes) else { return false }
        return try await Self.read(content, from: 0, whole, piece: piece)
    }

    static func read(_ content: any StoredContent, from start: Int, _ whole: ByteBuffer, piece: Int = 256 << 10)
        async throws -> Bool
    {
        var position = start
        while position < whole.readableBytes {
            let bytes = try await content.read(at: Int64(position), count: piece)
            guard bytes.readableBytes > 0, bytes == whole.getSlice(at: position, length: bytes.readableBytes) else {
                return false
            }
            position += bytes.readableBytes
        }
        return true
    }

    /// Waits until what was read is an entry.
    func settled(_ entries: Int64 = 1) async throws {
        try await eventually("an entry") { instruments.entries.value == entries }
    }
}
