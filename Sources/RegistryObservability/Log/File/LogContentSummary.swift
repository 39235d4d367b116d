//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CZlib
import Glibc

/// What is in a log file, as far as a comparison or a report needs it.
package struct LogContentSummary: Sendable {
    /// Not compressed.
    package internal(set) var bytes: Int64 = 0
    /// Line ends.
    package internal(set) var lines: Int64 = 0
    /// CRC-32 of the bytes.
    package internal(set) var checksum: UInt = 0
    /// Of the first and the last line, where these are JSON.
    package internal(set) var first: EntryNumber?
    package internal(set) var last: EntryNumber?

    /// Adds bytes that follow.
    mutating func add(_ piece: UnsafeBufferPointer<UInt8>) {
        bytes += Int64(piece.count)
        for byte in piece where byte == .lineFeed { lines += 1 }
        checksum = crc32(checksum, piece.baseAddress, UInt32(piece.count))
    }

    /// Whether both are of the same content.
    func isSame(as other: LogContentSummary) -> Bool {
        bytes == other.bytes && lines == other.lines && checksum == other.checksum
    }

    /// Reads a whole file, compressed or not.
    /// - Throws: ``LogFileError``, also for gzip that is damaged or not whole.
    static func read(_ path: String) throws(LogFileError) -> LogContentSummary {
        let content = try ContentReader(path: path)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 << 10)
        defer { buffer.deallocate() }
        var summary = LogContentSummary()
        while true {
            let count = try content.read(into: buffer)
            guard count > 0 else { return summary }
            summary.add(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Reads a whole file line by line, to know its first and last entry too.
    static func entries(of path: String) throws(LogFileError) -> LogContentSummary {
        var reader = try LineReader(path: path)
        var summary = LogContentSummary()
        var last: [UInt8] = []
        while try reader.advance() {
            summary.bytes += Int64(reader.line.count)
            guard reader.isWhole else { break }
            if summary.lines == 0 { summary.first = EntryNumber(line: reader.line) }
            summary.bytes += 1
            summary.lines += 1
            last.removeAll(keepingCapacity: true)
            last.append(contentsOf: reader.line)
        }
        last.withUnsafeBufferPointer { summary.last = EntryNumber(line: $0) }
        return summary
    }
}

/// The place of an entry in the log of one run.
package struct EntryNumber: Sendable, Equatable {
    package let epoch: String
    package let sequence: Int64

    package init(epoch: String, sequence: Int64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Finds it in a line; nil if the line is not of the log's form.
    init?(line: UnsafeBufferPointer<UInt8>) {
        guard let object = FlatObject(line), let epoch = object.text("epoch"), let sequence = object.number("seq")
        else {
            return nil
        }
        self.init(epoch: epoch, sequence: sequence)
    }
}
