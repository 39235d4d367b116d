//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Content that is read together with others who read the same.
final class SharedContent: StoredContent {
    let size: Int64
    private let path: StoragePath
    private let reads: SharedReads
    private let open: ContentOpening
    private let noteJoined: @Sendable () -> Void
    private let state: Mutex<State>

    private struct State {
        var place: Place?
        /// Where reading will end.
        var end: Int64
        var hasRead = false
    }

    private struct Place {
        var stream: SharedStream
        var reader: SharedStream.Reader
    }

    /// - Parameters:
    ///   - base: the content, if it has just been opened; it is closed by its stream.
    ///   - noteJoined: told once, if another's stream is read.
    init(
        _ reads: SharedReads,
        _ path: StoragePath,
        size: Int64,
        base: (any StoredContent)? = nil,
        _ open: @escaping ContentOpening,
        noteJoined: @escaping @Sendable () -> Void
    ) {
        self.size = size
        self.path = path
        self.reads = reads
        self.open = open
        self.noteJoined = noteJoined
        let begun = base.map { reads.begin(path, $0, open) }
        self.state = Mutex(State(place: begun.map { Place(stream: $0.stream, reader: $0.reader) }, end: size))
    }

    func expect(upTo end: Int64) {
        state.withLock { state in
            state.end = min(max(end, 0), size)
            state.place.map { $0.stream.expect($0.reader, upTo: state.end) }
        }
    }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        try await readPieces(at: offset, count: count)
    }

    func readPiece(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        guard offset >= 0, offset < size, count > 0 else { return ByteBuffer() }
        while true {
            let place = place(at: offset, count)
            if let bytes = try await place.stream.read(place.reader, at: offset, count: count) { return bytes }
            leave()
        }
    }

    /// The place in a stream, a new one where there is none.
    private func place(at offset: Int64, _ count: Int) -> Place {
        let (place, isJoined) = state.withLock { state -> (Place, Bool) in
            defer { state.hasRead = true }
            if let place = state.place { return (place, false) }
            let end = max(state.end, min(offset + Int64(count), size))
            let found = reads.stream(path, size: size, at: offset, upTo: end, open)
            let place = Place(stream: found.stream, reader: found.reader)
            state.place = place
            return (place, found.isJoined && !state.hasRead)
        }
        if isJoined { noteJoined() }
        return place
    }

    private func leave() {
        let place = state.withLock { $0.place.take() }
        if let place { place.stream.leave(place.reader) }
    }

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        let content = try await open()
        defer { content.close() }
        return try await content.hash(hasher, upTo: offset)
    }

    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? {
        let writer = SocketWriter(socket: socket)
        var sent = 0
        while sent < count {
            let piece: ByteBuffer
            do throws(StorageError) {
                piece = try await readPiece(at: offset + Int64(sent), count: count - sent)
                guard piece.readableBytes > 0 else { throw StorageError(.truncated, "read", path) }
            } catch {
                // The next call finds it out again, and what was sent before is not forgotten.
                guard sent == 0 else { return sent }
                throw error
            }
            // Of what is in memory nothing can fail. This is none of the pool's threads, so nothing may wait here.
            let taken = piece.withUnsafeReadableBytes { (try? writer.send($0, mayPause: false)) ?? 0 }
            sent += taken
            if taken < piece.readableBytes { break }
        }
        return sent
    }

    func close() { leave() }
}
