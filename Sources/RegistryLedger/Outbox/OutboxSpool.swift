//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOPosix
import RegistryTelemetry
import Synchronization

/// Keeps events while the ledger cannot be used, in a file beside it, from which the ledger takes them over.
///
/// While it is active all events that come true go through it, so that none overtakes another. A thread of its own
/// writes, since the disk may be the one that hangs. What cannot be written stays in memory, within bounds.
final class OutboxSpool: Sendable {
    private struct Item: Sendable {
        let record: SpoolRecord
        let isDurable: Bool
        let isDone: @Sendable () -> Void
    }

    private struct State {
        var isActive = true
        var waiting: [Item] = []
        /// In memory, since the file did not take them.
        var unwritten: [SpoolRecord] = []
        /// Those of the write that is under way wait no longer than until it is given up.
        var underWay: [Item] = []
        var began: ContinuousClock.Instant?
        var isRunning = false
    }

    private let path: String
    private let instruments: OutboxInstruments
    private let maximumBytes: Int64
    private let state = Mutex(State())
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// Records that are kept in memory at most.
    private static let maximumUnwritten = 10_000

    /// - Parameters:
    ///   - path: of its file, which is there only as long as it is needed.
    ///   - maximumBytes: of the file.
    init(_ path: String, _ instruments: OutboxInstruments, maximumBytes: Int64 = 256 << 20) {
        self.path = path
        self.instruments = instruments
        self.maximumBytes = maximumBytes
        thread.start()
    }

    /// From now on all events go through it.
    func activate() { state.withLock { $0.isActive = true } }

    var isActive: Bool { state.withLock { $0.isActive } }

    /// Notes an event that has come true, if events go through it now.
    func take(_ record: SpoolRecord) -> Bool {
        let (isTaken, starts) = state.withLock { state in
            state.isActive ? (true, Self.add(Item(record: record, isDurable: false) {}, to: &state)) : (false, false)
        }
        if starts { run() }
        return isTaken
    }

    /// Notes something whether or not it is active, and waits until it is on the disk, or cannot be brought there.
    func hold(_ record: SpoolRecord) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let starts = state.withLock { state in
                state.isActive = true
                return Self.add(Item(record: record, isDurable: true) { continuation.resume() }, to: &state)
            }
            if starts { run() }
        }
    }

    private static func add(_ item: Item, to state: inout State) -> Bool {
        state.waiting.append(item)
        defer { state.isRunning = true }
        return !state.isRunning
    }

    /// Lets go of those that wait for a disk that has not answered for so long.
    func supervise(limit: Duration) {
        let stuck = state.withLock { state -> [Item] in
            guard let began = state.began, .now - began > limit else { return [] }
            defer {
                state.underWay = []
                state.waiting = state.waiting.map { Item(record: $0.record, isDurable: $0.isDurable) {} }
            }
            return state.underWay + state.waiting
        }
        for item in stuck { item.isDone() }
    }

    /// Hands over all that it has, piece by piece and in order; inactive after that.
    /// - Parameter body: takes records over; after a failure it gets the same again.
    func handOver(_ body: ([SpoolRecord]) async throws(LedgerError) -> Void) async throws(LedgerError) {
        var offset: Int64 = 0
        while true {
            let start = offset
            let piece = await onThread { spool in spool.read(from: start) }
            try await body(piece.records)
            offset = piece.end
            // More may have come while it was taken over.
            guard piece.isLast, await onThread({ spool in spool.clear(piece) }) else { continue }
            return
        }
    }

    func shutdown() async { try? await thread.shutdownGracefully() }

    // MARK: On the thread

    private struct Piece: Sendable {
        var records: [SpoolRecord]
        /// Where the next one begins.
        var end: Int64
        /// How many of the records were in memory only.
        var unwritten = 0
        var isLast = false
    }

    private static let pieceSize = 1 << 20

    private func onThread<Output: Sendable>(_ body: @escaping @Sendable (OutboxSpool) -> Output) async -> Output {
        await withCheckedContinuation { continuation in
            thread.submit { [self] _ in continuation.resume(returning: body(self)) }
        }
    }

    private func read(from offset: Int64) -> Piece {
        var limit = Self.pieceSize
        var bytes = SpoolFile.read(path, at: offset, upTo: limit)
        var end = Self.end(of: bytes)
        while end == 0, bytes.count == limit {
            limit *= 2
            bytes = SpoolFile.read(path, at: offset, upTo: limit)
            end = Self.end(of: bytes)
        }
        let lines = bytes[..<end].split(separator: UInt8(ascii: "\n"))
        var piece = Piece(records: lines.compactMap { SpoolRecord(Array($0)) }, end: offset + Int64(end))
        guard bytes.count < limit else { return piece }
        let unwritten = state.withLock { $0.unwritten }
        piece.records += unwritten
        piece.unwritten = unwritten.count
        piece.isLast = true
        return piece
    }

    /// Behind the last whole line: another may go on in the next piece, or was never finished.
    private static func end(of bytes: [UInt8]) -> Int {
        bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    }

    /// - Parameter piece: the last one.
    /// - Returns: whether nothing has come since it was read.
    private func clear(_ piece: Piece) -> Bool {
        // Only this thread writes to the file, so that it stays as it is.
        let hasMore = Self.end(of: SpoolFile.read(path, at: piece.end, upTo: Self.pieceSize)) > 0
        let isCleared = state.withLock { state in
            guard state.waiting.isEmpty, state.unwritten.count == piece.unwritten, !hasMore else { return false }
            state.unwritten = []
            state.isActive = false
            return true
        }
        if isCleared { unlink(path) }
        return isCleared
    }

    private func run() {
        thread.submit { [self] _ in
            while let items = next() {
                let records = items.map(\.record)
                let isWritten = write(records, durably: items.contains(where: \.isDurable))
                let finished = state.withLock { state in
                    if !isWritten {
                        let room = Self.maximumUnwritten - state.unwritten.count
                        state.unwritten += records.prefix(room)
                        if room < records.count { instruments.lost[.full].add(Int64(records.count - room)) }
                    }
                    state.began = nil
                    defer { state.underWay = [] }
                    return state.underWay
                }
                instruments.spooled.add(Int64(records.count))
                for item in finished { item.isDone() }
            }
        }
    }

    private func next() -> [Item]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            defer { state.waiting = [] }
            state.underWay = state.waiting
            state.began = .now
            return state.waiting
        }
    }

    private func write(_ records: [SpoolRecord], durably isDurable: Bool) -> Bool {
        // What could not be written before goes first.
        let unwritten = state.withLock { $0.unwritten }
        let text = (unwritten + records).map(\.line).joined()
        guard SpoolFile.size(path) + Int64(text.utf8.count) <= maximumBytes,
            SpoolFile.append(Array(text.utf8), to: path, durably: isDurable)
        else { return false }
        state.withLock { $0.unwritten = [] }
        return true
    }
}

/// The calls for the spool's file; each may wait for a disk.
private enum SpoolFile {
    static func size(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Appends all of it or nothing.
    static func append(_ bytes: [UInt8], to path: String, durably isDurable: Bool) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let size = Self.size(path)
        // A line that was half written ends there.
        let isWhole = size == 0 || read(path, at: size - 1, upTo: 1) == [UInt8(ascii: "\n")]
        let bytes = isWhole ? bytes : [UInt8(ascii: "\n")] + bytes
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                ftruncate(descriptor, off_t(size))
                return false
            }
            written += count
        }
        guard isDurable, fsync(descriptor) != 0 else { return true }
        ftruncate(descriptor, off_t(size))
        return false
    }

    static func read(_ path: String, at offset: Int64, upTo limit: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: limit) { buffer, done in
            done = 0
            while done < limit {
                let count = pread(
                    descriptor,
                    buffer.baseAddress?.advanced(by: done),
                    limit - done,
                    off_t(offset) + off_t(done)
                )
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                done += count
            }
        }
    }
}
