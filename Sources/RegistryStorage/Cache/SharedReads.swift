//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The streams of content that are under way, so that who reads the same at about the same time joins one.
///
/// Many machines that pull one image at once make few requests to the storage, and its bytes come over the network once.
final class SharedReads: Sendable {
    struct Settings: Sendable {
        /// In memory for all streams together.
        var allBytes = 64 << 20
        /// In memory for one stream.
        var streamBytes = 32 << 20
        /// Fetched at a time, at most.
        var pieceBytes = 2 << 20
        /// How long fast readers wait for slow ones, each time that they are half a stream's bytes ahead.
        var patience = Duration.milliseconds(20)
    }

    let settings: Settings
    private let state = Mutex(State())
    private let share: Atomic<Int>

    private struct State {
        var streams: [StoragePath: [SharedStream]] = [:]
        var count = 0
    }

    init(_ settings: Settings = Settings()) {
        self.settings = settings
        self.share = Atomic(settings.streamBytes)
    }

    /// Bytes that each stream may keep.
    var window: Int { share.load(ordering: .relaxed) }

    /// The size of content that is being read; nil if it is not.
    func size(of path: StoragePath) -> Int64? { state.withLock { $0.streams[path]?.first?.size } }

    /// Joins a stream that has a byte of the content, or begins one.
    /// - Parameters:
    ///   - end: where reading will end.
    ///   - open: opens the content when the first byte of a new stream is needed.
    func stream(
        _ path: StoragePath,
        size: Int64,
        at position: Int64,
        upTo end: Int64,
        _ open: @escaping ContentOpening
    ) -> (stream: SharedStream, reader: SharedStream.Reader, isJoined: Bool) {
        state.withLock { state in
            for stream in state.streams[path] ?? [] {
                if let reader = stream.join(at: position, upTo: end) { return (stream, reader, true) }
            }
            let stream = SharedStream(self, path, size: size, at: position, base: nil, open)
            return (stream, add(stream, at: position, upTo: end, &state), false)
        }
    }

    /// Begins a stream of content that has been opened.
    func begin(_ path: StoragePath, _ base: any StoredContent, _ open: @escaping ContentOpening)
        -> (stream: SharedStream, reader: SharedStream.Reader)
    {
        let stream = SharedStream(self, path, size: base.size, at: 0, base: base, open)
        return state.withLock { (stream, add(stream, at: 0, upTo: base.size, &$0)) }
    }

    private func add(_ stream: SharedStream, at position: Int64, upTo end: Int64, _ state: inout State)
        -> SharedStream.Reader
    {
        guard let reader = stream.join(at: position, upTo: end) else {
            preconditionFailure("a new stream has its start")
        }
        state.streams[stream.path, default: []].append(stream)
        state.count += 1
        divide(state)
        return reader
    }

    /// Its last reader has gone.
    func end(_ stream: SharedStream) {
        state.withLock { state in
            state.count -= 1
            divide(state)
            state.streams[stream.path]?.removeAll { $0 === stream }
            if state.streams[stream.path]?.isEmpty == true { state.streams[stream.path] = nil }
        }
    }

    /// Lets nobody join any more: the content is gone.
    func forget(_ path: StoragePath) { state.withLock { $0.streams[path] = nil } }

    func forgetAll() { state.withLock { $0.streams = [:] } }

    private func divide(_ state: borrowing State) {
        share.store(min(settings.streamBytes, settings.allBytes / max(1, state.count)), ordering: .relaxed)
    }
}
