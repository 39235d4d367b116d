//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Encodes entries and writes them out in large pieces, whole lines only.
///
/// When a write fails the lines not yet written are lost and counted. If it failed in the midst of a line, the rest of
/// that line is kept and comes first in the next piece: a full disk that has room again has no torn line in its log.
struct LineSink: ~Copyable {
    private let write: Write
    private let instruments: Instruments
    private var encoder: LineEncoder
    private var buffer = TextBuffer(capacity: 2 * Self.pieceSize)
    /// Line ends in the buffer.
    private var lines = 0
    /// The buffer begins with the rest of a line whose head is written.
    private var isInsideLine = false
    /// Lines lost and not yet told of in the log itself.
    private var lost = 0

    /// Bytes after which the buffer is written, so that a long queue needs no large memory.
    private static let pieceSize = 256 * 1024

    /// Writes bytes, and returns how many; less than there are only after an error.
    typealias Write = (UnsafeBufferPointer<UInt8>) -> Int

    init(encoder: LineEncoder, instruments: Instruments, write: @escaping Write) {
        self.write = write
        self.encoder = encoder
        self.instruments = instruments
    }

    /// Adds the line of an entry.
    mutating func add(_ entry: LogEntry) {
        encoder.encode(entry, to: &buffer)
        lines += 1
        if buffer.count >= Self.pieceSize { writeOutAndCount() }
    }

    /// Writes what was added, and then tells of earlier losses if writing works again.
    mutating func flush() {
        guard writeOutAndCount() == 0, lost > 0 else { return }
        add(.event(.logDropped(lost, reason: "write_failed")))
        // If this one does not get through either, it is told the next time; it is no loss itself.
        if writeOut() == 0 { lost = 0 }
    }

    @discardableResult
    private mutating func writeOutAndCount() -> Int {
        let newlyLost = writeOut()
        lost += newlyLost
        instruments.logDropped.add(Int64(newlyLost))
        return newlyLost
    }

    /// Writes the buffer.
    /// - Returns: how many lines are lost.
    private mutating func writeOut() -> Int {
        let written = write(buffer.bytes)
        guard written < buffer.count else {
            instruments.logEntries.add(Int64(lines))
            buffer.removeAll()
            lines = 0
            isInsideLine = false
            return 0
        }
        instruments.logWriteFailures.add()
        let complete = buffer.bytes[..<written].count { $0 == lineFeed }
        instruments.logEntries.add(Int64(complete))
        if written > 0 { isInsideLine = buffer.bytes[written - 1] != lineFeed }
        let keepsLine = isInsideLine ? 1 : 0
        let lost = lines - complete - keepsLine
        let end = isInsideLine ? buffer.bytes[written...].firstIndex(of: lineFeed).map { $0 + 1 } : nil
        buffer.keep(written..<(end ?? written))
        lines = keepsLine
        return lost
    }
}

private let lineFeed = UInt8(ascii: "\n")

extension ServerEvent {
    /// A gap in the log.
    /// - Parameters:
    ///   - count: entries lost.
    ///   - reason: `queue_full` or `write_failed`.
    static func logDropped(_ count: Int, reason: String) -> ServerEvent {
        ServerEvent(
            "log_dropped",
            .error,
            "log entries were lost",
            [.init("lost", .number(Int64(count))), .init("reason", .text(reason))]
        )
    }
}
