//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// Text being written as bytes, in memory that grows when needed and is kept for the next use.
///
/// Raw memory rather than an array: a log line is some sixty small appends, and an array pays for each of them with
/// checks of uniqueness and of bounds.
struct TextBuffer: ~Copyable {
    private var memory: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Bytes written so far.
    private(set) var count = 0

    /// - Parameter capacity: bytes to begin with, at least one.
    init(capacity: Int) {
        self.memory = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { memory.deallocate() }

    /// The text so far, valid until the next change.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: memory, count: count) }

    /// Empties the buffer and keeps its memory.
    mutating func removeAll() { count = 0 }

    /// Takes the last byte back; there must be one.
    mutating func removeLast() { count -= 1 }

    /// Keeps only the bytes in `range`, which must lie within the text.
    mutating func keep(_ range: Range<Int>) {
        memmove(memory, memory + range.lowerBound, range.count)
        count = range.count
    }

    /// Makes room for `length` bytes more and has `body` fill them in.
    /// - Parameter body: gets the room, and returns how many bytes of it it used.
    @inline(__always)
    mutating func append(upTo length: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if capacity - count < length { grow(for: length) }
        count += body(memory + count)
    }

    private mutating func grow(for length: Int) {
        let larger = max(2 * capacity, count + length)
        let target = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        memcpy(target, memory, count)
        memory.deallocate()
        memory = target
        capacity = larger
    }
}

extension TextBuffer {
    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(upTo: text.utf8CodeUnitCount) { room in
            memcpy(room, text.utf8Start, text.utf8CodeUnitCount)
            return text.utf8CodeUnitCount
        }
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        append(upTo: bytes.count) { room in
            memcpy(room, start, bytes.count)
            return bytes.count
        }
    }

    mutating func append(_ number: Int64) {
        // The longest is -9223372036854775808. The digits come out last first, so they are put at the end and moved.
        append(upTo: 20) { room in
            var start = 20
            var rest = number.magnitude
            repeat {
                start -= 1
                room[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                room[start] = UInt8(ascii: "-")
            }
            memmove(room, room + start, 20 - start)
            return 20 - start
        }
    }

    /// Appends a time in seconds with all its nine fraction digits: `1.500000000`.
    mutating func append(nanoseconds: Int64) {
        if nanoseconds < 0 { append("-") }
        let (seconds, fraction) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        append(Int64(seconds))
        append(".")
        append(upTo: 9) { room in
            var rest = fraction
            for position in (0..<9).reversed() {
                room[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return 9
        }
    }

    /// Appends 16 lower-case hexadecimal characters.
    mutating func append(hexadecimal number: UInt64) {
        append(upTo: 16) { room in
            writeHexadecimal(number, to: UnsafeMutableBufferPointer(start: room, count: 16))
            return 16
        }
    }

    /// Appends RFC 3339 in UTC with microseconds.
    mutating func append(_ time: WallTime) {
        append(upTo: WallTime.textLength) { room in
            time.write(to: UnsafeMutableBufferPointer(start: room, count: WallTime.textLength))
            return WallTime.textLength
        }
    }
}
