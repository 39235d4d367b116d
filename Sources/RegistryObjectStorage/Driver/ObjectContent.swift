//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import Synchronization

/// Content of an object store, opened for reading.
///
/// What is read in order comes as one stream from the store, with no more of it in memory than what is asked for at a time.
/// A stream that breaks off is taken up where it broke off. Small content is in memory from the start; of larger content
/// what is replaced while it is read stays readable as far as the store goes on sending it.
final class ObjectContent: StoredContent {
    let size: Int64

    private let driver: ObjectStorageDriver
    private let path: StoragePath
    private let content: SegmentedContent
    /// Of the first segment; what is appended has no other use of it.
    private let version: String
    private let state: Mutex<State>

    private struct State {
        /// The start of the content, once it has been read.
        var head = ByteBuffer()
        var stream: Flow?
        /// Where a stream may end, since nobody will read on.
        var end: Int64
    }

    /// A stream that is being read, taken out by whoever reads.
    private struct Flow {
        var stream: any ObjectStream
        /// Of the next byte.
        var position: Int64
        var end: Int64
        var rest = ByteBuffer()
    }

    /// - Parameter begun: a reading from the first byte.
    init(
        _ driver: ObjectStorageDriver,
        _ path: StoragePath,
        _ content: SegmentedContent,
        version: String,
        begun: ObjectReading?
    ) {
        self.driver = driver
        self.path = path
        self.content = content
        self.version = version
        self.size = content.size
        var state = State(end: content.size)
        if let begun {
            state.stream = Flow(stream: begun.stream, position: 0, end: begun.range.upperBound)
        }
        self.state = Mutex(state)
    }

    /// Reads what the reading that it was opened with brings, and keeps it.
    func fill() async throws(StorageError) {
        guard let count = state.withLock({ $0.stream?.end }) else { return }
        let head = try await read(at: 0, count: Int(min(count, size)))
        state.withLock {
            $0.head = head
            $0.stream = nil
        }
    }

    func expect(upTo end: Int64) { state.withLock { $0.end = min(max(end, 0), size) } }

    func close() { state.withLock { $0.stream = nil } }

    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? { nil }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        try await readPieces(at: offset, count: count)
    }

    func readPiece(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        guard offset >= 0, offset < size, count > 0 else { return ByteBuffer() }
        let wanted = Int(min(Int64(count), size - offset))
        let head = state.withLock { $0.head }
        guard offset < Int64(head.readableBytes) else { return try await piece(at: offset, wanted) }
        let length = min(wanted, head.readableBytes - Int(offset))
        return head.getSlice(at: head.readerIndex + Int(offset), length: length) ?? ByteBuffer()
    }

    /// At least a byte, of what there is.
    private func piece(at position: Int64, _ most: Int) async throws(StorageError) -> ByteBuffer {
        var flow = state.withLock { state -> Flow? in
            // One that stands elsewhere is of no use, and ends.
            guard let flow = state.stream.take(), flow.position == position else { return nil }
            return flow
        }
        var failures = 0
        while true {
            do throws(ObjectStoreError) {
                // A request that has failed was made as often as is of use; only what breaks off is taken up again.
                if flow == nil { flow = try await begin(at: position, most) }
            } catch {
                guard error.code != .invalidRange else {
                    throw StorageError(.truncated, "read", path, cause: "ends before byte \(position) of \(size)")
                }
                throw error.at("read", path)
            }
            guard let current = flow.take() else { continue }
            do throws(ObjectStoreError) { return try await take(from: current, at: position, most) } catch {
                do throws(ObjectStoreError) { try await driver.governor.pause(after: error, failures) } catch {
                    throw error.at("read", path)
                }
                failures += 1
            }
        }
    }

    /// Takes a piece from a stream, which is kept if there is more to come.
    private func take(from flow: Flow, at position: Int64, _ most: Int) async throws(ObjectStoreError) -> ByteBuffer {
        guard flow.position == position else {
            throw ObjectStoreError(.transient(.wrongLength), "another range than was asked for")
        }
        var flow = flow
        if flow.rest.readableBytes == 0 {
            guard let more = try await flow.stream.next(), more.readableBytes > 0 else {
                throw ObjectStoreError(.transient(.wrongLength), "the content ends before its end")
            }
            flow.rest = more
        }
        let length = min(most, flow.rest.readableBytes)
        let piece = flow.rest.readSlice(length: length) ?? ByteBuffer()
        flow.position += Int64(length)
        if flow.position < flow.end || flow.rest.readableBytes > 0 {
            let open = flow
            state.withLock { $0.stream = open }
        }
        return piece
    }

    /// Begins a stream up to where reading is expected to end, or the segment does.
    private func begin(at position: Int64, _ most: Int) async throws(ObjectStoreError) -> Flow {
        guard let segment = content.segment(at: position) else {
            throw ObjectStoreError(.failed, "no segment has byte \(position)")
        }
        let expected = state.withLock { $0.end }
        // What lies beyond what was expected is read by itself.
        let end = min(segment.end, max(expected, position + Int64(most)))
        let range = position - segment.offset..<end - segment.offset
        let reading = try await reading(segment, range)
        return Flow(
            stream: reading.stream,
            position: segment.offset + reading.range.lowerBound,
            end: segment.offset + reading.range.upperBound
        )
    }

    private func reading(_ segment: SegmentedContent.Segment, _ range: Range<Int64>) async throws(ObjectStoreError)
        -> ObjectReading
    {
        // A segment is never changed but to be made longer.
        guard content.segments.count == 1 else { return try await driver.store.get(segment.key, range, version: nil) }
        do throws(ObjectStoreError) {
            return try await driver.store.get(segment.key, range, version: version)
        } catch {
            // Content that is named by its digest may be put again while it is read, and is the same.
            guard error.code == .preconditionFailed, DiskLayout.isBlobData(path) else { throw error }
            let reading = try await driver.store.get(segment.key, range, version: nil)
            guard reading.facts.size == size else { throw error }
            return reading
        }
    }

    private static let hashedBytes = 1 << 20

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        guard offset <= size else { throw StorageError(.truncated, "read", path, cause: "shorter than it was") }
        expect(upTo: offset)
        var hasher = hasher
        while hasher.count < offset {
            let count = Int(min(Int64(Self.hashedBytes), offset - hasher.count))
            let bytes = try await read(at: hasher.count, count: count)
            let before = hasher
            hasher = try await driver.pool.run { () throws(StorageError) in before.hashing(bytes) }
        }
        return hasher
    }
}

extension ContentHasher {
    /// The computation with more bytes.
    func hashing(_ bytes: ByteBuffer) -> ContentHasher {
        var hasher = self
        bytes.withUnsafeReadableBytes { hasher.update($0) }
        return hasher
    }
}
