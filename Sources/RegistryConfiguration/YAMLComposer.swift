//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Yams

/// Turns YAML text into a tree of configuration nodes, within bounds that no honest configuration comes near.
///
/// The bounds are there because aliases let a few lines stand for billions of values, and because a file given by
/// mistake (an image layer, a log) should be refused at once.
struct YAMLComposer {
    typealias Origin = ConfigurationProblem.Origin

    static let maximumBytes = 64 * 1024
    static let maximumDepth = 32
    static let maximumValues = 10_000
    static let maximumAliases = 12

    private let origin: (_ line: Int) -> Origin
    private var values = 0

    private init(origin: @escaping (_ line: Int) -> Origin) {
        self.origin = origin
    }

    /// Reads one document.
    ///
    /// Gives nil when there is none, as in an empty file.
    static func compose(
        _ text: String,
        origin: @escaping (_ line: Int) -> Origin,
    ) throws(YAMLFault) -> ConfigurationNode? {
        guard text.utf8.count <= maximumBytes else {
            throw YAMLFault(line: nil, message: "larger than \(maximumBytes / 1024) KiB")
        }
        // The parser compares keys whole while it reads. A key made of aliases would be expanded there, out of reach
        // of the bound on values below.
        guard aliasCount(in: text) <= maximumAliases else {
            throw YAMLFault(line: nil, message: "more than \(maximumAliases) YAML aliases")
        }
        guard let root = try document(in: text) else { return nil }
        var composer = YAMLComposer(origin: origin)
        return try composer.node(from: root, depth: 0)
    }

    private static func document(in text: String) throws(YAMLFault) -> Node? {
        do {
            return try Parser(yaml: text, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw YAMLFault(error)
        } catch {
            throw YAMLFault(line: nil, message: "could not be read as YAML")
        }
    }

    private mutating func node(from node: Node, depth: Int) throws(YAMLFault) -> ConfigurationNode {
        let line = node.mark?.line ?? 1
        values += 1
        guard depth <= Self.maximumDepth else {
            throw YAMLFault(line: line, message: "nested deeper than \(Self.maximumDepth) levels")
        }
        guard values <= Self.maximumValues else {
            throw YAMLFault(line: line, message: "more than \(Self.maximumValues) values, counting what aliases repeat")
        }
        let value: ConfigurationNode.Value
        switch node {
        case .scalar(let scalar):
            value = Self.value(of: scalar)
        case .sequence(let sequence):
            var items: [ConfigurationNode] = []
            for item in sequence {
                items.append(try self.node(from: item, depth: depth + 1))
            }
            value = .list(items)
        case .mapping(let mapping):
            value = .map(try entries(of: mapping, depth: depth))
        case .alias:
            throw YAMLFault(line: line, message: "an alias that points nowhere")
        }
        return ConfigurationNode(value: value, origin: origin(line))
    }

    private mutating func entries(
        of mapping: Node.Mapping,
        depth: Int,
    ) throws(YAMLFault) -> [ConfigurationNode.Entry] {
        var entries: [ConfigurationNode.Entry] = []
        var merged: [ConfigurationNode.Entry] = []
        var names: Set<String> = []
        for (key, value) in mapping {
            let line = key.mark?.line ?? 1
            guard case .scalar(let name) = key else {
                throw YAMLFault(line: line, message: "a key must be a single word")
            }
            // The parser has refused keys that are equal as YAML; `1` and `"1"` are equal only as text.
            guard names.insert(name.string).inserted else {
                throw YAMLFault(line: line, message: "\(name.string.quoted) is given more than once")
            }
            let node = try node(from: value, depth: depth + 1)
            if name.string == "<<", name.isPlain {
                merged += try Self.mergedEntries(of: node, line: line)
            } else {
                entries.append(ConfigurationNode.Entry(key: name.string, keyOrigin: origin(line), node: node))
            }
        }
        for entry in merged where names.insert(entry.key).inserted {
            entries.append(entry)
        }
        return entries
    }

    private static func value(of scalar: Node.Scalar) -> ConfigurationNode.Value {
        switch (scalar.isPlain, scalar.string) {
        case (true, ""), (true, "~"), (true, "null"), (true, "Null"), (true, "NULL"):
            .null
        case (let isPlain, let text):
            .scalar(ConfigurationNode.Scalar(text: text, isPlain: isPlain))
        }
    }
}

extension Node.Scalar {
    /// Whether the scalar has no quotes and is not marked as text by a tag.
    fileprivate var isPlain: Bool {
        style == .plain && tag.description != Tag.Name.str.rawValue
    }
}
