//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
package import RegistryTelemetry
import Synchronization

/// Writes traces to a file, one a line, in OTLP's JSON encoding; rotated like a log.
///
/// A disk that is full or slow loses traces, counted, and holds up nothing else.
final class TraceFile: TraceExporter {
    let queueLoss = SpanLoss.fileQueueFull

    private let path: String
    private let resource: ResourceDescription
    private let instruments: TraceInstruments
    private let observer: any Observer
    /// What blocks does so here.
    private let thread = DispatchQueue(label: "plimsoll.traces")
    private let state: Mutex<State>

    private struct State: ~Copyable {
        /// Nil once it is closed.
        var file: RotatingFile?
        /// A line in whose midst writing failed.
        var unfinished: [UInt8] = []
        /// Bytes of it that are written.
        var begun = 0
        var isFailing = false
    }

    /// Bytes after which what was encoded is written.
    private static let pieceSize = 256 << 10

    /// - Parameters:
    ///   - options: how the files are kept.
    ///   - observer: is told of trouble, and of what happens to the files.
    /// - Throws: ``LogFileError`` if the file cannot be written.
    init(
        path: String,
        _ options: LogFileOptions,
        of resource: ResourceDescription,
        instruments: Instruments,
        observer: any Observer
    ) throws(LogFileError) {
        let file = try RotatingFile.open(
            path: path,
            options: options,
            // The events tell of these counters, so they count what happens to all files.
            counters: instruments.logFiles,
            observer: FileEvents(observer: observer)
        )
        self.path = path
        self.resource = resource
        self.instruments = instruments.traces
        self.observer = observer
        self.state = Mutex(State(file: file))
    }

    func export(_ entries: [any TraceContent], from queue: TraceQueue) async {
        await withCheckedContinuation { done in
            thread.async {
                self.write(entries)
                done.resume()
            }
        }
    }

    func close() async {
        await withCheckedContinuation { done in
            thread.async {
                // What rotates and compresses is waited for.
                self.state.withLock { $0.file = nil }
                done.resume()
            }
        }
    }

    private func write(_ entries: [any TraceContent]) {
        var text = TextBuffer(capacity: Self.pieceSize)
        var lines: [Line] = []
        for entry in entries {
            OTLPJSON.append(entry.exported(), of: resource, to: &text)
            text.append("\n")
            lines.append(Line(end: text.count, spans: entry.count))
            if text.count >= Self.pieceSize {
                write(text.bytes, lines)
                text.removeAll()
                lines = []
            }
        }
        if !lines.isEmpty { write(text.bytes, lines) }
        state.withLock { $0.file?.tick() }
    }

    private struct Line {
        /// Where it ends in the piece.
        let end: Int
        let spans: Int
    }

    private func write(_ piece: UnsafeBufferPointer<UInt8>, _ lines: [Line]) {
        let (written, event) = state.withLock { state in
            let written = Self.write(piece, &state)
            guard written < piece.count else {
                state.isFailing = false
                return (written, nil as ServerEvent?)
            }
            defer { state.isFailing = true }
            return (written, state.isFailing ? nil : failing())
        }
        let arrived = lines.filter { $0.end <= written }.reduce(0) { $0 + $1.spans }
        let all = lines.reduce(0) { $0 + $1.spans }
        instruments.exported[.file].add(Int64(arrived))
        if arrived < all { instruments.dropped[.fileFailed].add(Int64(all - arrived)) }
        if let event { observer.note(event) }
    }

    /// - Returns: bytes of the piece that are written. A line that was begun is finished the next time, so that none is
    ///   torn; it counts as lost all the same.
    private static func write(_ piece: UnsafeBufferPointer<UInt8>, _ state: inout State) -> Int {
        if !state.unfinished.isEmpty {
            let line = state.unfinished
            state.begun = line.withUnsafeBufferPointer { state.file?.write($0, begun: state.begun) ?? 0 }
            guard state.begun == line.count else { return 0 }
            (state.unfinished, state.begun) = ([], 0)
        }
        let written = state.file?.write(piece, begun: 0) ?? 0
        if written < piece.count {
            let start = piece[..<written].lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0
            let end = piece[written...].firstIndex(of: .lineFeed).map { $0 + 1 } ?? piece.count
            if start < written { (state.unfinished, state.begun) = (Array(piece[start..<end]), written - start) }
        }
        return written
    }

    private func failing() -> ServerEvent {
        ServerEvent(.traceFileFailing, [.init(.file, .text(path))])
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
