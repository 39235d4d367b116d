//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
import NIOCore

/// A part of some content, in memory: pieces one after the other, of which the oldest go.
struct SharedPieces {
    private var pieces = Deque<Piece>()
    private let beginning: Int64
    /// Of the byte after the last.
    private(set) var end: Int64
    /// Bytes that are there.
    private(set) var count = 0

    private struct Piece {
        var range: Range<Int64>
        var bytes: ByteBuffer
    }

    /// None yet.
    /// - Parameter position: of the first byte that will come.
    init(at position: Int64 = 0) {
        self.beginning = position
        self.end = position
    }

    /// Of the oldest piece.
    var first: Range<Int64>? { pieces.first?.range }

    /// Whether nothing has come yet.
    var isFresh: Bool { end == beginning }

    /// Whether nothing has gone yet.
    var hasBeginning: Bool { start == beginning }

    private var start: Int64 { end - Int64(count) }

    /// Whether a byte is there, or will be before much else has come.
    func reaches(_ position: Int64, _ window: Int) -> Bool { position >= start && position <= end + Int64(window / 4) }

    /// Bytes of one piece; nil if the first of them is not there.
    func bytes(at position: Int64, count: Int) -> ByteBuffer? {
        guard position >= start, position < end else { return nil }
        var (low, high) = (0, pieces.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].range.upperBound <= position { low = middle + 1 } else { high = middle }
        }
        let piece = pieces[low]
        let offset = Int(position - piece.range.lowerBound)
        let length = min(count, piece.bytes.readableBytes - offset)
        return piece.bytes.getSlice(at: piece.bytes.readerIndex + offset, length: length)
    }

    mutating func append(_ bytes: ByteBuffer) {
        let next = end + Int64(bytes.readableBytes)
        pieces.append(Piece(range: end..<next, bytes: bytes))
        end = next
        count += bytes.readableBytes
    }

    mutating func dropFirst() {
        guard let piece = pieces.popFirst() else { return }
        count -= piece.bytes.readableBytes
    }

    /// Lets go of the oldest until no more than so many bytes are there.
    mutating func drop(downTo most: Int) { while count > most { dropFirst() } }

    /// Lets go of what lies before a byte.
    mutating func drop(before position: Int64) {
        while let first, first.upperBound <= position { dropFirst() }
    }

    mutating func removeAll() { drop(downTo: 0) }
}
