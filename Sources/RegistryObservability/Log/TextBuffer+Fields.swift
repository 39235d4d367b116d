//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension TextBuffer {
    /// Appends a word.
    mutating func append(word: String) {
        var word = word
        word.withUTF8 { bytes in
            append(upTo: bytes.count) { room in
                // Measured: on words as short as these a loop beats a call of memcpy.
                for position in bytes.indices { room[position] = bytes[position] }
                return bytes.count
            }
        }
    }

    /// Appends a field that is a word of a fixed set.
    mutating func field(_ key: LogKey, word: String) {
        append(key.opening)
        append("\"")
        append(word: word)
        append("\"")
    }

    /// Appends a field that is a text of any kind, cut at `limit` bytes.
    mutating func field(_ key: LogKey, _ text: String, limit: Int) {
        append(key.opening)
        append(json: text, limit: limit)
    }
}
