//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Lays the values of a checked tree over the defaults of the catalogue.
struct EffectiveReader {
    typealias Node = EffectiveConfiguration.Node
    typealias Entry = EffectiveConfiguration.Entry
    typealias Value = EffectiveConfiguration.Value

    /// What stands for a secret.
    static let redacted = "<redacted>"

    private let root: ConfigurationNode
    private(set) var paths: [EffectiveConfiguration.NamedPath] = []

    init(_ root: ConfigurationNode) { self.root = root }

    /// The whole document, without what is refused and therefore off.
    mutating func document() -> Node {
        .map(entries(of: KeyTree.document, in: root, at: ""), .standard(words: nil))
    }

    private mutating func entries(of trees: [KeyTree], in node: ConfigurationNode?, at path: String) -> [Entry] {
        var entries: [Entry] = []
        for tree in trees where tree.key.refusal == nil && tree.key.newName == nil {
            let child = node?.entries?.first { $0.key == tree.name }?.node ?? oldName(of: tree.key)
            let path = path.isEmpty ? tree.name : "\(path).\(tree.name)"
            if let node = self.node(of: tree, child, at: path) { entries.append(Entry(name: tree.name, node: node)) }
        }
        return entries
    }

    private func oldName(of key: ConfigurationKey) -> ConfigurationNode? {
        guard let path = key.oldName else { return nil }
        return path.split(separator: ".").reduce(Optional(root)) { node, name in
            node?.entries?.first { $0.key == name }?.node
        }
    }

    private mutating func node(of tree: KeyTree, _ node: ConfigurationNode?, at path: String) -> Node? {
        let origin = node.map { EffectiveConfiguration.Origin($0.origin) } ?? .standard(words: nil)
        switch tree.key.kind {
        case .choice:
            // Drivers and schemes ask for something by their name alone.
            let isAskedForByName = path.hasPrefix("storage.") || path.hasPrefix("auth.")
            guard let node, !node.isEmpty || isAskedForByName else { return nil }
            return .map(entries(of: tree.children, in: node, at: path), origin)
        case .section:
            return .map(entries(of: tree.children, in: node, at: path), origin)
        case .sections:
            guard case .list(let items) = node?.value else { return .list([], origin) }
            var nodes: [Node] = []
            for (place, item) in items.enumerated() {
                let inside = entries(of: tree.children, in: item, at: "\(path).\(place)")
                nodes.append(.map(inside, .init(item.origin)))
            }
            return .list(nodes, origin)
        default:
            return leaf(tree.key, tree.key.kind, node, at: path)
        }
    }

    private mutating func leaf(
        _ key: ConfigurationKey,
        _ kind: ConfigurationKind,
        _ node: ConfigurationNode?,
        at path: String
    ) -> Node {
        let origin = node.map { EffectiveConfiguration.Origin($0.origin) }
        switch (kind, node?.value) {
        case (.list(let inner), .list(let items)):
            var nodes: [Node] = []
            for (place, item) in items.enumerated() { nodes.append(leaf(key, inner, item, at: "\(path).\(place)")) }
            return .list(nodes, origin ?? .standard(words: nil))
        case (.map(let inner), .map(let entries)):
            let nodes = entries.map { entry in
                Entry(name: entry.key, node: leaf(key, inner, entry.node, at: "\(path).\(entry.key)"))
            }
            return .map(nodes, origin ?? .standard(words: nil))
        case (_, .scalar(let scalar)) where !(scalar.text.isEmpty && kind.takesNothingForDefault):
            return .value(value(key, kind, scalar, node?.origin ?? .whole, at: path))
        default:
            return standard(key, kind, at: path)
        }
    }

    private mutating func value(
        _ key: ConfigurationKey,
        _ kind: ConfigurationKind,
        _ scalar: ConfigurationNode.Scalar,
        _ origin: ConfigurationProblem.Origin,
        at path: String
    ) -> Value {
        if case .path(let use) = kind, !scalar.text.isEmpty {
            paths.append(.init(key: path, path: scalar.text, use: use, origin: origin))
        }
        guard !key.isSecret || scalar.text.isEmpty else {
            return Value(
                text: Self.redacted,
                isPlain: false,
                origin: .init(origin),
                fingerprint: scalar.text.hashValue
            )
        }
        let isTruth = kind == .truth || kind == .truthOrAuto
        if isTruth, let truth = try? scalar.boolean() {
            return Value(text: "\(truth)", isPlain: true, origin: .init(origin))
        }
        let text = key.effective?(scalar.text) ?? scalar.text
        return Value(text: text, isPlain: scalar.isPlain && !scalar.text.isEmpty, origin: .init(origin))
    }

    private mutating func standard(_ key: ConfigurationKey, _ kind: ConfigurationKind, at path: String) -> Node {
        let origin = EffectiveConfiguration.Origin.standard(words: key.defaultWords)
        guard let text = key.defaultValue, let node = (try? YAMLComposer.compose(text) { _ in .whole }).flatMap({ $0 })
        else {
            return .value(Value(text: nil, isPlain: true, origin: origin))
        }
        return leaf(key, kind, node, at: path)
    }
}

extension ConfigurationKind {
    /// Whether empty text is the same as none.
    fileprivate var takesNothingForDefault: Bool {
        switch self {
        case .word, .form, .url, .address: true
        default: false
        }
    }
}
