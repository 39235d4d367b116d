//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

extension TextBuffer {
    /// Appends a field of the journal.
    /// - Parameter key: the name and the equals sign.
    mutating func append(journal key: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            append(key)
            if Self.hasLineFeed(bytes) {
                // The other form has a line feed where this one has the sign.
                removeLast()
                append(binary: bytes)
            } else {
                append(bytes)
                append("\n")
            }
        }
    }

    /// Appends a field of the journal with a value in which there is no line feed.
    /// - Parameter key: the name and the equals sign.
    mutating func append(journal key: StaticString, plain value: UnsafeBufferPointer<UInt8>) {
        let length = key.utf8CodeUnitCount + value.count + 1
        append(upTo: length) { room in
            memcpy(room, key.utf8Start, key.utf8CodeUnitCount)
            if let start = value.baseAddress { memcpy(room + key.utf8CodeUnitCount, start, value.count) }
            room[length - 1] = UInt8(ascii: "\n")
            return length
        }
    }

    /// Appends a field of the journal whose name is not known beforehand.
    mutating func append(journalName name: String, _ value: String) {
        var value = value
        append(name)
        value.withUTF8 { bytes in
            if Self.hasLineFeed(bytes) {
                append(binary: bytes)
            } else {
                append("=")
                append(bytes)
                append("\n")
            }
        }
    }

    private mutating func append(binary bytes: UnsafeBufferPointer<UInt8>) {
        append("\n")
        append(upTo: 8) { room in
            UnsafeMutableRawPointer(room).storeBytes(of: UInt64(bytes.count).littleEndian, as: UInt64.self)
            return 8
        }
        append(bytes)
        append("\n")
    }

    private static func hasLineFeed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        return memchr(start, Int32(UInt8(ascii: "\n")), bytes.count) != nil
    }
}
