//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension YAMLComposer {
    /// Counts what may be an alias: a star before a word, outside of comment lines.
    ///
    /// Quoted text may add to the count.
    static func aliasCount(in text: String) -> Int {
        var count = 0
        for line in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            guard line.first(where: { $0 != UInt8(ascii: " ") }) != UInt8(ascii: "#") else { continue }
            count += zip(line, line.dropFirst()).count { $0 == UInt8(ascii: "*") && $1.isWordCharacter }
        }
        return count
    }

    /// The entries that a `<<` key stands for: those of a map, or of each map in a list.
    static func mergedEntries(
        of node: ConfigurationNode,
        line: Int,
    ) throws(YAMLFault) -> [ConfigurationNode.Entry] {
        let sources: [ConfigurationNode] = if case .list(let items) = node.value { items } else { [node] }
        var merged: [ConfigurationNode.Entry] = []
        for source in sources {
            guard case .map(let entries) = source.value else {
                throw YAMLFault(line: line, message: "\"<<\" merges maps only")
            }
            merged += entries
        }
        return merged
    }
}

extension UInt8 {
    fileprivate var isWordCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default:
            self >= 0x80
        }
    }
}
