//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// What a gzip member of a log tells of itself in its head, so that nobody has to inflate it to find that out: how long it
/// is, and which time its lines are of.
///
/// It stands in an extra field (RFC 1952 §2.3.1.1), which every program that reads gzip passes over: identifier `PL`, 24
/// bytes: three little-endian numbers of 64 bits, the bytes of the member, the least and the greatest `ts` in microseconds.
struct GzipIndex {
    /// Bytes of the member, its head included.
    let size: Int64
    let times: ClosedRange<Int64>

    /// Times of interest, in microseconds.
    typealias Window = Range<Int64>

    /// Of a head without fields.
    static let plainHeaderSize = 10

    init(size: Int64, times: ClosedRange<Int64>) {
        self.size = size
        self.times = times
    }

    /// Reads it from the head of a member.
    /// - Returns: nil if there is none.
    init?(of descriptor: Int32, at position: Int64) {
        let head = [UInt8](unsafeUninitializedCapacity: Self.headerSize) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, off_t(position)))
        }
        guard head.count == Self.headerSize, head.starts(with: Self.beginning.prefix(4)),
            head[Self.plainHeaderSize...].starts(with: Self.field)
        else { return nil }
        func number(_ place: Int) -> Int64 {
            let start = Self.plainHeaderSize + Self.field.count + 8 * place
            return Int64(bitPattern: head[start..<(start + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
        let (size, first, last) = (number(0), number(1), number(2))
        // Longer than any file, so that a damaged one leads nowhere far.
        guard size > head.count, size < 1 << 40, first <= last else { return nil }
        self.init(size: size, times: first...last)
    }

    /// The head of the member.
    var header: [UInt8] {
        var header = Self.beginning + Self.field
        for number in [size, times.lowerBound, times.upperBound] {
            for byte in 0..<8 { header.append(UInt8(truncatingIfNeeded: number >> (8 * Int64(byte)))) }
        }
        return header
    }

    /// Magic, deflate, with an extra field, no time, nothing of the compression's kind, written on Unix.
    private static let beginning: [UInt8] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3]
    /// Length of all extra fields, identifier, and length of this one.
    private static let field: [UInt8] = [28, 0, UInt8(ascii: "P"), UInt8(ascii: "L"), 24, 0]
    private static let headerSize = plainHeaderSize + field.count + 24

    /// Which time lines are of.
    /// - Returns: nil if one of them does not begin as the log's do: such lines are of no time, and always wanted.
    static func times(of lines: UnsafeBufferPointer<UInt8>) -> ClosedRange<Int64>? {
        var range: ClosedRange<Int64>?
        var rest = lines[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != .lineFeed }
            rest = rest.dropFirst(line.count + 1)
            guard line.starts(with: prefix), let end = line.dropFirst(prefix.count).firstIndex(of: UInt8(ascii: "\"")),
                let time = WallTime(rfc3339: line[(line.startIndex + prefix.count)..<end])?.microseconds
            else { return nil }
            range = range.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
        }
        return range
    }

    private static let prefix = Array(#"{"ts":""#.utf8)
}
