//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Content that comes from the storage once, for several who read it at about the same time.
///
/// As in a ``CacheFill``, who needs a byte that is not there yet, and finds nobody fetching, fetches the next piece for all.
/// What has come is kept for the slower ones, as far as the window goes. When it is full the fast ones wait for a moment,
/// so that clients of about one speed stay together; who falls behind all the same has to read elsewhere.
final class SharedStream: Sendable {
    /// One who reads, in this stream.
    typealias Reader = Int

    let path: StoragePath
    let size: Int64
    private let owner: SharedReads
    private let open: ContentOpening
    private let state: Mutex<State>

    /// A stream that nobody reads yet.
    /// - Parameters:
    ///   - position: of its first byte in the content.
    ///   - base: the content if it is open already, which the stream closes.
    init(
        _ owner: SharedReads,
        _ path: StoragePath,
        size: Int64,
        at position: Int64,
        base: (any StoredContent)?,
        _ open: @escaping ContentOpening
    ) {
        self.owner = owner
        self.path = path
        self.size = size
        self.open = open
        self.state = Mutex(State(at: position, base: base))
    }

    // MARK: Readers

    /// One reader more, if what it needs is there or comes soon.
    func join(at position: Int64, upTo end: Int64) -> Reader? {
        state.withLock { state in
            state.join(at: position, upTo: end, window: owner.window)
        }
    }

    /// One reader less; with the last the stream ends.
    func leave(_ reader: Reader) {
        let (last, waiting) = state.withLock { state in
            state.readers[reader] = nil
            guard state.readers.isEmpty else { return (false, state.freed()) }
            state.isOver = true
            return (true, [])
        }
        for continuation in waiting { continuation.resume() }
        guard last else { return }
        owner.end(self)
        // Nobody fetches: whoever does is a reader.
        state.withLock { state in
            state.pieces.removeAll()
            return state.base.take()
        }?
        .close()
    }

    /// A reader will read no further than that.
    func expect(_ reader: Reader, upTo end: Int64) { state.withLock { $0.readers[reader]?.end = end } }

    // MARK: Reading

    /// Reads what is there, or fetches it, or waits for it.
    /// - Returns: at least a byte; nil where it must be had elsewhere.
    /// - Throws: when the storage has failed.
    func read(_ reader: Reader, at position: Int64, count: Int) async throws(StorageError) -> ByteBuffer? {
        while true {
            switch state.withLock({ $0.step(reader, position, count, window: owner.window) }) {
            case .bytes(let bytes, let woken):
                for continuation in woken { continuation.resume() }
                return bytes
            case .fetch(let start, let end): try await fetch(from: start, upTo: end)
            case .wait: await wait(beyond: position)
            case .beginWaiting:
                Task {
                    try? await Task.sleep(for: owner.settings.patience)
                    turn { $0.losePatience() }
                }
                await wait(beyond: position)
            case .elsewhere: return nil
            case .failed(let error): throw error
            }
        }
    }

    private func wait(beyond position: Int64) async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard state.isAwaited, state.pieces.end <= position else { return false }
                state.waiting.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    /// Changes the state, and has all look again who wait.
    private func turn(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Fetching

    private func fetch(from start: Int64, upTo end: Int64) async throws(StorageError) {
        let bytes: ByteBuffer
        do throws(StorageError) {
            let base = try await opened()
            base.expect(upTo: end)
            let count = Int(min(Int64(owner.settings.pieceBytes), end - start))
            bytes = try await base.readPiece(at: start, count: count)
            guard bytes.readableBytes > 0 else {
                throw StorageError(.truncated, "read", path, cause: "ends at byte \(start) of \(size)")
            }
        } catch {
            let isGivenUp = Task.isCancelled
            turn { state in
                state.isFetching = false
                // One that goes away is no failure of the storage: the next goes on.
                if !isGivenUp { state.failure = error }
            }
            throw error
        }
        let window = owner.window
        turn { $0.took(bytes, window: window) }
    }

    private func opened() async throws(StorageError) -> any StoredContent {
        if let base = state.withLock({ $0.base }) { return base }
        let base = try await open()
        state.withLock { $0.base = base }
        return base
    }
}
