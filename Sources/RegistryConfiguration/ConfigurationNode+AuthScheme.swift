//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationNode {
    /// Turns `auth: htpasswd` into `auth: {htpasswd: }`, so that the short and the long form read the same.
    mutating func expandAuthScheme() {
        guard case .map(var entries) = value,
            let index = entries.firstIndex(where: { $0.key == "auth" }),
            case .scalar(let scheme) = entries[index].node.value, !scheme.text.isEmpty
        else { return }
        let origin = entries[index].node.origin
        entries[index].node.value = .map([.authScheme(named: scheme.text, origin: origin)])
        value = .map(entries)
    }

    /// Makes `name` the only scheme; its own keys, and the policy, stay.
    mutating func selectAuthScheme(_ name: String, origin: Origin) {
        guard case .map(var entries) = value else { return }
        let index = entries.firstIndex { $0.key == "auth" } ?? entries.endIndex
        if index == entries.endIndex {
            let empty = ConfigurationNode(value: .map([]), origin: origin)
            entries.append(Entry(key: "auth", keyOrigin: origin, node: empty))
        }
        var kept = (entries[index].node.entries ?? []).filter { $0.key == name || $0.key == "policy" }
        if !kept.contains(where: { $0.key == name }) { kept.append(.authScheme(named: name, origin: origin)) }
        entries[index].node.value = .map(kept)
        value = .map(entries)
    }
}

extension ConfigurationNode.Entry {
    fileprivate static func authScheme(named name: String, origin: ConfigurationNode.Origin) -> Self {
        Self(key: name, keyOrigin: origin, node: ConfigurationNode(value: .null, origin: origin))
    }
}
