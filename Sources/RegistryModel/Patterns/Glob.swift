//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A pattern of names: `?` is one character, `*` any of one component, `**` any at all.
package struct Glob: Sendable, Equatable, CustomStringConvertible {
    package let description: String
    private let pattern: [UInt8]

    package init(_ pattern: String) {
        self.description = pattern
        self.pattern = Array(pattern.utf8)
    }

    /// Whether a name fits, found out in a time of at most the square of its length.
    package func matches(_ name: String) -> Bool {
        if pattern == [UInt8(ascii: "*"), UInt8(ascii: "*")] { return true }
        let name = Array(name.utf8)
        var (position, place) = (0, 0)
        // Where to go on when what comes after the last wildcard does not fit: one for each kind, since only a double one
        // can take in a slash that a single one has stumbled upon.
        var single: (position: Int, place: Int)?
        var double: (position: Int, place: Int)?
        while position < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                if place + 1 < pattern.count, pattern[place + 1] == UInt8(ascii: "*") {
                    place += 2
                    (single, double) = (nil, (position, place))
                } else {
                    place += 1
                    single = (position, place)
                }
                continue
            }
            if place < pattern.count, pattern[place] == name[position] || isAnyCharacter(place, name[position]) {
                position += 1
                place += 1
                continue
            }
            if let last = single, name[last.position] != UInt8(ascii: "/") {
                single = (last.position + 1, last.place)
                (position, place) = (last.position + 1, last.place)
            } else if let last = double {
                single = nil
                double = (last.position + 1, last.place)
                (position, place) = (last.position + 1, last.place)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    private func isAnyCharacter(_ place: Int, _ byte: UInt8) -> Bool {
        pattern[place] == UInt8(ascii: "?") && byte != UInt8(ascii: "/")
    }
}
