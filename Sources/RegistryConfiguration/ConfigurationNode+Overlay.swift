//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationNode {
    /// Puts `node` at `path`, counted from this value, and creates what is missing on the way.
    ///
    /// Keys are compared without regard to case, because variables can't carry it; a new key gets the path's spelling.
    /// Lists take an index up to their length, where the value is appended.
    mutating func set(_ node: ConfigurationNode, at path: ArraySlice<String>) throws(InvalidValue) {
        guard let segment = path.first else {
            self = node
            return
        }
        switch value {
        case .null:
            self = ConfigurationNode(value: segment == "0" ? .list([]) : .map([]), origin: node.origin)
            try set(node, at: path)
        case .scalar:
            throw InvalidValue("this variable points below a single value, which has no keys")
        case .list(var items):
            guard let index = Int(segment), items.indices.contains(index) || index == items.endIndex else {
                throw InvalidValue("\(segment.quoted) is no place in a list of \(items.count)")
            }
            if index == items.endIndex {
                items.append(ConfigurationNode(value: .null, origin: node.origin))
            }
            try items[index].set(node, at: path.dropFirst())
            value = .list(items)
        case .map(var entries):
            let index = entries.firstIndex { $0.key.lowercased() == segment } ?? entries.endIndex
            if index == entries.endIndex {
                let empty = ConfigurationNode(value: .null, origin: node.origin)
                entries.append(Entry(key: segment, keyOrigin: node.origin, node: empty))
            }
            try entries[index].node.set(node, at: path.dropFirst())
            value = .map(entries)
        }
    }
}
