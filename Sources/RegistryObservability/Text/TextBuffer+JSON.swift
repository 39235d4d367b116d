//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

extension TextBuffer {
    /// Appends a JSON string (RFC 8259, section 7), quotes included.
    /// - Parameter limit: bytes of UTF-8 beyond which the text is cut between two characters and marked with `…`.
    /// - Returns: whether it stands between its quotes as it is: with nothing escaped.
    @discardableResult
    mutating func append(json text: String, limit: Int) -> Bool {
        var text = text
        return text.withUTF8 { append(json: $0, limit: limit) }
    }

    private mutating func append(json text: UnsafeBufferPointer<UInt8>, limit: Int) -> Bool {
        let whole = UnsafeBufferPointer(rebasing: text.prefix(Self.cut(text, limit: limit)))
        let isPlain = Self.isPlain(whole)
        // One byte becomes six at worst (\u001f); then two quotes and the mark.
        append(upTo: (isPlain ? whole.count : 6 * whole.count) + 5) { room in
            room[0] = UInt8(ascii: "\"")
            var length = 1
            if isPlain, let start = whole.baseAddress {
                memcpy(room + 1, start, whole.count)
                length += whole.count
            } else {
                for byte in whole { Self.escape(byte, to: room, at: &length) }
            }
            if whole.count < text.count {
                for byte in "…".utf8 {
                    room[length] = byte
                    length += 1
                }
            }
            room[length] = UInt8(ascii: "\"")
            return length + 1
        }
        return isPlain
    }

    /// The number of bytes to keep: up to `limit`, and no part of a scalar.
    private static func cut(_ text: UnsafeBufferPointer<UInt8>, limit: Int) -> Int {
        guard text.count > limit else { return text.count }
        var end = limit
        while end > 0, text[end] & 0xc0 == 0x80 { end -= 1 }
        return end
    }

    /// Whether a text can stand between quotes as it is.
    ///
    /// It looks at every byte instead of stopping at the first that cannot, which lets the compiler take many at once.
    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var special: UInt8 = 0
        for byte in text {
            special |= byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 1 : 0
        }
        return special == 0
    }

    private static func escape(_ byte: UInt8, to room: UnsafeMutablePointer<UInt8>, at length: inout Int) {
        func put(_ byte: UInt8) {
            room[length] = byte
            length += 1
        }
        func putEscape(_ letter: Unicode.Scalar) {
            put(UInt8(ascii: "\\"))
            put(UInt8(ascii: letter))
        }
        switch byte {
        case UInt8(ascii: "\""): putEscape("\"")
        case UInt8(ascii: "\\"): putEscape("\\")
        case UInt8(ascii: "\n"): putEscape("n")
        case UInt8(ascii: "\r"): putEscape("r")
        case UInt8(ascii: "\t"): putEscape("t")
        case 0..<0x20:
            putEscape("u")
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: byte < 0x10 ? "0" : "1"))
            let nibble = byte & 0x0f
            put(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
        default: put(byte)
        }
    }
}
