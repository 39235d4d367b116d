//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EffectiveConfiguration {
    /// The keys whose values differ from those of another reading, sorted; secrets are compared too.
    ///
    /// A value that was a default and is now written, or comes from another line, is no change.
    package func changes(since other: EffectiveConfiguration) -> [String] {
        let (old, new) = (other.root.leaves(at: ""), root.leaves(at: ""))
        return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
    }
}

extension EffectiveConfiguration.Node {
    /// What a value is, wherever it comes from.
    fileprivate struct Leaf: Equatable {
        let text: String?
        var fingerprint: Int?
    }

    fileprivate func leaves(at path: String) -> [String: Leaf] {
        switch self {
        case .value(let value):
            // Nothing, and no such key, are the same.
            return value.text == nil ? [:] : [path: Leaf(text: value.text, fingerprint: value.fingerprint)]
        case .list(let items, _):
            return items.enumerated().reduce(into: [:]) { leaves, item in
                leaves.merge(item.element.leaves(at: "\(path).\(item.offset)")) { $1 }
            }
        case .map(let entries, _):
            return entries.reduce(into: [:]) { leaves, entry in
                let path = path.isEmpty ? entry.name : "\(path).\(entry.name)"
                leaves.merge(entry.node.leaves(at: path)) { $1 }
            }
        }
    }
}
