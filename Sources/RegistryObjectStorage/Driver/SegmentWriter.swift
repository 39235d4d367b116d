//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage

/// Writes what is appended to content as segments: in parts that go out side by side, with a bound on how many are in
/// memory.
///
/// A segment ends when it has as many bytes as came before it, so that at any time at most half of what has been received
/// would be lost with the server, and segments stay few. What is less than a part when it is flushed is an object by itself,
/// and is put once more, longer, by whoever appends next.
actor SegmentWriter {
    nonisolated let initialSize: Int64

    private let driver: ObjectStorageDriver
    private let path: StoragePath
    private let hold: AppenderHolds.Hold
    private let base: String
    /// What is there to be read; nil for nothing, not even an empty object.
    private var content: SegmentedContent?
    /// Whether the first object is known to say that others may follow it.
    private var isBaseMarked = false
    private var segment: OpenSegment?
    private var end: (size: Int64, hasher: ContentHasher)?
    private var failure: StorageError?

    /// A segment that is being received.
    private struct OpenSegment {
        var key: String
        var offset: Int64
        /// When it has so much, it ends.
        var limit: Int64
        var pending = ObjectBytes()
        var upload: MultipartUpload?
        var parts: [UploadedPart] = []
        /// In the order of their numbers.
        var inFlight: [Task<UploadedPart, any Error>] = []
        var sent: Int64 = 0

        var size: Int64 { sent + pending.count }
        var mark: ObjectMark { offset == 0 ? .appended : .none }
    }

    private static let mostSegment: Int64 = 1 << 30

    init(_ driver: ObjectStorageDriver, _ path: StoragePath, _ content: SegmentedContent?, _ hold: AppenderHolds.Hold) {
        self.driver = driver
        self.path = path
        self.hold = hold
        self.base = driver.keys.key(path)
        self.content = content
        self.initialSize = content?.size ?? 0
    }

    func append(_ batch: ByteBuffer, hashing hasher: ContentHasher) async throws(StorageError) {
        if let failure { throw failure }
        let before = end ?? (size: initialSize, hasher: hasher)
        let hashed = try await driver.pool.run { () throws(StorageError) in before.hasher.hashing(batch) }
        do throws(ObjectStoreError) {
            if segment == nil { segment = try await nextSegment() }
            segment?.pending.append(batch)
            while let open = segment, open.pending.count >= driver.settings.chunkBytes {
                try await sendPart(driver.settings.chunkBytes)
                if let sent = segment?.sent, sent >= open.limit { try await beginNextSegment() }
            }
        } catch {
            throw await fail(error)
        }
        end = (before.size + Int64(batch.readableBytes), hashed)
    }

    func flush() async throws(StorageError) -> (size: Int64, hasher: ContentHasher)? {
        if let failure { throw failure }
        do throws(ObjectStoreError) {
            if segment != nil {
                try await endSegment()
            } else if content == nil {
                try await put(ObjectBytes(), at: base, .appended)
                content = SegmentedContent(base, size: 0)
            }
        } catch {
            throw await fail(error)
        }
        hold.note(size: content?.size ?? 0)
        return end
    }

    // MARK: Segments

    /// Ends the segment; what has come beyond it goes to the next.
    private func beginNextSegment() async throws(ObjectStoreError) {
        let rest = segment?.pending ?? ObjectBytes()
        segment?.pending = ObjectBytes()
        try await endSegment()
        guard rest.count > 0 else { return }
        segment = try await nextSegment()
        segment?.pending = rest
    }

    /// The segment that takes what comes next.
    private func nextSegment() async throws(ObjectStoreError) -> OpenSegment {
        let size = content?.size ?? 0
        let limit = min(max(driver.settings.segmentBytes, size), Self.mostSegment)
        guard let content, let last = content.segments.last else {
            return OpenSegment(key: base, offset: 0, limit: limit)
        }
        if last.size < driver.store.bounds.partBytes {
            // Too little for a part: it is read back, and put again with what follows it.
            var open = OpenSegment(key: last.key, offset: last.offset, limit: limit)
            if last.size > 0 { open.pending.append(try await whole(last)) }
            return open
        }
        if content.segments.count == 1, !isBaseMarked { try await markBase(content) }
        return OpenSegment(key: SegmentKey.at(size, of: base), offset: size, limit: limit)
    }

    private func whole(_ segment: SegmentedContent.Segment) async throws(ObjectStoreError) -> ByteBuffer {
        let bytes = try await driver.governor.collect { [driver] () throws(ObjectStoreError) in
            try await driver.store.get(segment.key, nil, version: nil)
        }
        guard Int64(bytes.readableBytes) == segment.size else {
            throw ObjectStoreError(.failed, "the last segment has changed meanwhile")
        }
        return bytes
    }

    /// Content that was put whole, or by distribution, does not say that others follow it.
    private func markBase(_ content: SegmentedContent) async throws(ObjectStoreError) {
        defer { isBaseMarked = true }
        guard try await driver.store.head(base).mark == .none else { return }
        guard content.size <= driver.store.bounds.copyBytes else {
            throw ObjectStoreError(.tooLarge, "content of \(content.size) bytes that was not appended cannot go on")
        }
        try await driver.store.copy(base, size: content.size, to: base, .appended)
    }

    /// Has the next part on its way, as soon as there is room for it.
    private func sendPart(_ count: Int64) async throws(ObjectStoreError) {
        guard var open = segment else { return }
        try checkHold()
        let upload: MultipartUpload
        if let begun = open.upload {
            upload = begun
        } else {
            upload = try await driver.store.begin(open.key, open.mark)
        }
        open.upload = upload
        segment = open
        if open.inFlight.count >= max(1, driver.settings.chunksInFlight) { try await awaitPart() }
        guard var open = segment else { return }
        let bytes = open.pending.take(count)
        let number = open.parts.count + open.inFlight.count + 1
        open.sent += bytes.count
        // Kept, waited for in order, and cancelled when the segment is given up.
        open.inFlight.append(
            Task { [store = driver.store] in try await store.putPart(number, of: upload, bytes) }
        )
        segment = open
    }

    private func awaitPart() async throws(ObjectStoreError) {
        guard let first = segment?.inFlight.first else { return }
        let part: UploadedPart
        do {
            part = try await first.value
        } catch let error as ObjectStoreError {
            throw error
        } catch {
            throw ObjectStoreError(.cancelled)
        }
        segment?.inFlight.removeFirst()
        segment?.parts.append(part)
    }

    /// Makes what has been received of the segment an object.
    private func endSegment() async throws(ObjectStoreError) {
        guard let open = segment else { return }
        if open.upload == nil {
            try await put(open.pending, at: open.key, open.mark)
        } else {
            if open.pending.count > 0 { try await sendPart(open.pending.count) }
            while segment?.inFlight.isEmpty == false { try await awaitPart() }
            guard let open = segment, let upload = open.upload else { return }
            try checkHold()
            try await driver.store.complete(upload, open.parts)
            try await takeBackIfRevoked(open.key)
        }
        let size = open.size
        if open.offset == 0 {
            content = SegmentedContent(base, size: size)
            isBaseMarked = true
        } else {
            content?.put(.init(key: open.key, offset: open.offset, size: size))
        }
        segment = nil
    }

    private func put(_ bytes: ObjectBytes, at key: String, _ mark: ObjectMark) async throws(ObjectStoreError) {
        try checkHold()
        try await driver.store.put(key, bytes, mark)
        try await takeBackIfRevoked(key)
    }

    private func checkHold() throws(ObjectStoreError) {
        if hold.isRevoked { throw ObjectStoreError(.notFound, "removed while it was appended to") }
    }

    /// What was removed while it was put must not be there again.
    private func takeBackIfRevoked(_ key: String) async throws(ObjectStoreError) {
        guard hold.isRevoked else { return }
        try await driver.store.delete([key])
        try checkHold()
    }

    /// Nothing more is taken; the content ends with its last whole segment.
    private func fail(_ error: ObjectStoreError) async -> StorageError {
        let failure = error.at("append", path)
        self.failure = failure
        guard let open = segment else { return failure }
        segment = nil
        for part in open.inFlight { part.cancel() }
        for part in open.inFlight { _ = try? await part.value }
        // One that cannot be given up now is found by its age.
        if let upload = open.upload { try? await driver.store.abort(upload) }
        return failure
    }
}
