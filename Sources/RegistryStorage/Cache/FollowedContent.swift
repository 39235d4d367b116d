//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Opens content in the storage itself.
typealias ContentOpening = @Sendable () async throws(StorageError) -> any StoredContent

/// Content that is read while a cache is filled with it.
///
/// Who reads it from the beginning to the end follows; for parts of it the storage is asked.
final class FollowedContent: StoredContent {
    let size: Int64
    private let fill: CacheFill
    private let reopen: ContentOpening
    private let note: @Sendable (_ follows: Bool) -> Void
    private let state: Mutex<State>

    private struct State {
        var way = Way.open
        /// Where reading will end.
        var end: Int64
    }

    private enum Way {
        case open, following
        case own(any StoredContent)
        case closed
    }

    /// - Parameters:
    ///   - fill: of which this is a reader; it leaves when it is closed.
    ///   - note: told once, when the first byte is asked for.
    init(_ fill: CacheFill, _ reopen: @escaping ContentOpening, note: @escaping @Sendable (Bool) -> Void) {
        self.fill = fill
        self.size = fill.size
        self.reopen = reopen
        self.note = note
        self.state = Mutex(State(end: fill.size))
    }

    func expect(upTo end: Int64) {
        let own = state.withLock { state -> (any StoredContent)? in
            state.end = end
            if case .own(let own) = state.way { return own }
            return nil
        }
        own?.expect(upTo: end)
    }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        guard offset >= 0, offset < size, count > 0 else { return ByteBuffer() }
        let (way, isFirst) = state.withLock { state in
            guard case .open = state.way else { return (state.way, false) }
            if offset == 0, state.end >= size { state.way = .following }
            return (state.way, true)
        }
        switch way {
        case .own(let own): return try await own.read(at: offset, count: count)
        case .following:
            if isFirst { note(true) }
            if let bytes = try await fill.read(at: offset, count: count) { return bytes }
        case .open: note(false)
        case .closed: return ByteBuffer()
        }
        return try await own().read(at: offset, count: count)
    }

    /// The content in the storage, from here on.
    private func own() async throws(StorageError) -> any StoredContent {
        let own: any StoredContent
        if let taken = fill.takeOver() { own = taken } else { own = try await reopen() }
        let (isClosed, end) = state.withLock { state in
            if case .closed = state.way { return (true, state.end) }
            state.way = .own(own)
            return (false, state.end)
        }
        // Once: when it is closed, it does not leave again.
        if !isClosed { fill.leave() }
        own.expect(upTo: end)
        return own
    }

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        let content = try await reopen()
        defer { content.close() }
        return try await content.hash(hasher, upTo: offset)
    }

    /// The file is not whole yet, so a socket could ask for more than there is.
    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? { nil }

    func close() {
        let way = state.withLock { state in
            defer { state.way = .closed }
            return state.way
        }
        switch way {
        case .open, .following: fill.leave()
        case .own(let own): own.close()
        case .closed: break
        }
    }
}
