//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// A JSON text whose objects keep their order.
indirect enum JSONTree: Equatable {
    case null
    case truth(Bool)
    /// Digits as they are.
    case number(String)
    case text(String)
    case list([JSONTree])
    case object([Member])

    struct Member: Equatable {
        let name: String
        let value: JSONTree
    }

    static func object(_ members: KeyValuePairs<String, JSONTree?>) -> JSONTree {
        .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }

    static func texts(_ texts: some Sequence<String>) -> JSONTree { .list(texts.map(JSONTree.text)) }

    /// What a value of a file is in JSON.
    init(_ node: ConfigurationNode) {
        switch node.value {
        case .null: self = .null
        case .scalar(let scalar): self.init(scalar)
        case .list(let items): self = .list(items.map(JSONTree.init))
        case .map(let entries): self = .object(entries.map { Member(name: $0.key, value: JSONTree($0.node)) })
        }
    }

    init(_ scalar: ConfigurationNode.Scalar) {
        let text = scalar.text
        switch text {
        case "true" where scalar.isPlain: self = .truth(true)
        case "false" where scalar.isPlain: self = .truth(false)
        case _ where scalar.isPlain && text.wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?/#) != nil:
            self = .number(text)
        default: self = .text(text)
        }
    }

    /// Reads YAML that stands in the catalogue.
    init(yaml: String) {
        self = (try? YAMLComposer.compose(yaml) { _ in .whole }).flatMap { $0 }.map(JSONTree.init) ?? .null
    }
}

extension JSONTree {
    /// The text on one line.
    var compact: String {
        switch self {
        case .null: "null"
        case .truth(let truth): "\(truth)"
        case .number(let digits): digits
        case .text(let text): text.jsonQuoted
        case .list(let items): "[" + items.map(\.compact).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.name.jsonQuoted): \($0.value.compact)" }.joined(separator: ", ") + "}"
        }
    }

    /// The text with a line for each member of an object, and for a list whose items are objects.
    func pretty(_ indentation: String = "") -> String {
        let inner = indentation + "  "
        switch self {
        case .object(let members) where !members.isEmpty:
            let lines = members.map { "\(inner)\($0.name.jsonQuoted): \($0.value.pretty(inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indentation)}"
        case .list(let items) where items.contains(where: \.isObject):
            return "[\n" + items.map { inner + $0.pretty(inner) }.joined(separator: ",\n") + "\n\(indentation)]"
        default:
            return compact
        }
    }

    private var isObject: Bool {
        if case .object = self { true } else { false }
    }
}
