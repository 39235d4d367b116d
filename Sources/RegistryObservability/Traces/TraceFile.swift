//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import Glibc
package import RegistryTelemetry
import Synchronization

/// Writes traces to a file, one a line, in OTLP's JSON encoding; rotated like a log.
///
/// A disk that is full, slow or stuck loses traces, counted, and holds up nothing else. A failing one is told of once, and
/// once when it has worked for a while; between, the metrics count.
final class TraceFile: TraceExporter {
    let queueLoss = SpanLoss.fileQueueFull

    private let path: String
    private let resource: ResourceDescription
    private let instruments: TraceInstruments
    private let observer: any Observer
    /// What blocks does so here.
    private let thread = DispatchQueue(label: "plimsoll.traces")
    private let clock: @Sendable () -> Moment
    private let origin: MonotonicTime
    private let state: Mutex<State>

    private struct State: ~Copyable {
        /// Nil once it is closed.
        var file: RotatingFile?
        /// A line in whose midst writing failed.
        var unfinished: [UInt8] = []
        /// Bytes of it that are written.
        var begun = 0
        var trouble = TroubleEpisode()
    }

    /// Bytes after which what was encoded is written.
    private static let pieceSize = 256 << 10

    /// - Parameters:
    ///   - options: how the files are kept.
    ///   - observer: is told of trouble, and of what happens to the files.
    ///   - clock: for tests.
    /// - Throws: ``LogFileError`` if the file cannot be written.
    init(
        path: String,
        _ options: LogFileOptions,
        of resource: ResourceDescription,
        instruments: Instruments,
        observer: any Observer,
        clock: @escaping @Sendable () -> Moment = { Moment.now }
    ) throws(LogFileError) {
        let file = try RotatingFile.open(
            path: path,
            options: options,
            // The events tell of these counters, so they count what happens to all files.
            counters: instruments.logFiles,
            observer: FileEvents(observer: observer),
            clock: clock
        )
        self.path = path
        self.resource = resource
        self.instruments = instruments.traces
        self.observer = observer
        self.clock = clock
        self.origin = clock().instant
        self.state = Mutex(State(file: file))
    }

    func export(_ entries: [any TraceContent], from queue: TraceQueue) async {
        let batch = SpanBatch(entries.reduce(0) { $0 + $1.count })
        await onThread { self.write(entries, batch) }
        let lost = batch.abandon()
        if lost > 0 { instruments.dropped[.shutdown].add(Int64(lost)) }
    }

    func close() async {
        await onThread {
            // What rotates and compresses is waited for.
            self.state.withLock { $0.file = nil }
        }
    }

    /// Does what may block, and waits for it until the task is cancelled: then the thread is left behind, since nothing
    /// wakes it from a disk that does not answer.
    private func onThread(_ work: @escaping @Sendable () -> Void) async {
        let (stream, end) = AsyncStream.makeStream(of: Never.self)
        thread.async {
            work()
            end.finish()
        }
        for await _ in stream {}
    }

    private func write(_ entries: [any TraceContent], _ batch: SpanBatch) {
        var text = TextBuffer(capacity: Self.pieceSize)
        var lines: [Line] = []
        for entry in entries {
            OTLPJSON.append(entry.exported(), of: resource, to: &text)
            text.append("\n")
            lines.append(Line(end: text.count, spans: entry.count))
            if text.count >= Self.pieceSize {
                write(text.bytes, lines, batch)
                text.removeAll()
                lines = []
            }
        }
        if !lines.isEmpty { write(text.bytes, lines, batch) }
        let isOver = state.withLock { state in
            state.file?.tick()
            return state.trouble.end(at: now)
        }
        if isOver { observer.note(event(.traceFileRecovered)) }
    }

    /// On a scale of its own.
    private var now: Duration { clock().instant - origin }

    private struct Line {
        /// Where it ends in the piece.
        let end: Int
        let spans: Int
    }

    private func write(_ piece: UnsafeBufferPointer<UInt8>, _ lines: [Line], _ batch: SpanBatch) {
        guard !batch.isSettled else { return }
        let (written, event) = state.withLock { state in
            let (written, cause) = Self.write(piece, &state)
            guard written < piece.count else {
                state.trouble.calm(at: now)
                return (written, nil as ServerEvent?)
            }
            let isNew = state.trouble.begin()
            let text = String(cString: strerror(cause))
            return (written, isNew ? self.event(.traceFileFailing, [.init(.cause, .text(text))]) : nil)
        }
        let arrived = lines.filter { $0.end <= written }.reduce(0) { $0 + $1.spans }
        let all = lines.reduce(0) { $0 + $1.spans }
        guard batch.settle(all) else { return }
        instruments.exported[.file].add(Int64(arrived))
        if arrived < all { instruments.dropped[.fileFailed].add(Int64(all - arrived)) }
        if let event { observer.note(event) }
    }

    /// - Returns: bytes of the piece that are written, and the system's number for why not all are. A line that was begun
    ///   is finished the next time, so that none is torn; it counts as lost all the same.
    private static func write(
        _ piece: UnsafeBufferPointer<UInt8>,
        _ state: inout State
    ) -> (count: Int, cause: Int32) {
        if !state.unfinished.isEmpty {
            let line = state.unfinished
            state.begun = line.withUnsafeBufferPointer { state.file?.write($0, begun: state.begun) ?? 0 }
            let cause = errno
            guard state.begun == line.count else { return (0, cause) }
            (state.unfinished, state.begun) = ([], 0)
        }
        let written = state.file?.write(piece, begun: 0) ?? 0
        let cause = errno
        if written < piece.count {
            let start = piece[..<written].lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0
            let end = piece[written...].firstIndex(of: .lineFeed).map { $0 + 1 } ?? piece.count
            if start < written { (state.unfinished, state.begun) = (Array(piece[start..<end]), written - start) }
        }
        return (written, cause)
    }

    private func event(_ name: EventName, _ fields: [ServerEvent.Field] = []) -> ServerEvent {
        ServerEvent(name, [.init(.file, .text(path))] + fields)
    }

    private struct FileEvents: LogFileObserver {
        let observer: any Observer

        func note(_ event: LogFileEvent) { observer.note(event.serverEvent) }
    }
}

extension TracePipeline {
    /// Makes the way to a file.
    /// - Parameters:
    ///   - options: how the files are kept.
    ///   - queue: spans that can wait.
    /// - Throws: ``LogFileError`` if the file cannot be written.
    package convenience init(
        toFile path: String,
        _ options: LogFileOptions,
        of resource: ResourceDescription,
        queue: Int = 8192,
        instruments: Instruments,
        observer: any Observer
    ) throws(LogFileError) {
        let file = try TraceFile(path: path, options, of: resource, instruments: instruments, observer: observer)
        self.init(file, capacity: queue, threshold: 512, delay: .seconds(1), instruments: instruments.traces)
    }
}
