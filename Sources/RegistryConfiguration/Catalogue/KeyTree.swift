//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The catalogue as the tree that a file is.
struct KeyTree: Sendable {
    let key: ConfigurationKey
    /// The key's name in its section.
    let name: String
    let children: [KeyTree]

    /// The trees of the whole document.
    static let document = trees(
        below: "",
        in: Dictionary(grouping: ConfigurationCatalogue.keys) { parent(of: $0.path) }
    )

    private static func trees(below path: String, in keys: [String: [ConfigurationKey]]) -> [KeyTree] {
        (keys[path] ?? []).map { key in
            let name = key.path.split(separator: ".").last.map(String.init) ?? key.path
            let inside = key.kind == .sections ? key.path + "[]" : key.path
            return KeyTree(key: key, name: name, children: trees(below: inside, in: keys))
        }
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: ".").map { String(path[..<$0]) } ?? ""
    }

    /// Every key below, and this one, in order.
    var all: [KeyTree] { [self] + children.flatMap(\.all) }
}
