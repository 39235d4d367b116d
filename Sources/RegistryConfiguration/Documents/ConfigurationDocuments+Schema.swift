//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationDocuments {
    /// The JSON schema of `config.yml`, for editors.
    ///
    /// Draft 7, which the language servers for YAML know best. Null is allowed everywhere, since it is the same as leaving
    /// a key out.
    package static var schema: String {
        let off = JSONTree.object([
            "description": .text("What asks for nothing."),
            "anyOf": .list([
                .object(["enum": .list([.null, .truth(false), .text("")])]),
                .object(["type": .text("array"), "items": reference("off")]),
                .object(["type": .text("object"), "additionalProperties": reference("off")]),
                switched("enabled", .truth(false)),
                switched("disabled", .truth(true)),
            ]),
        ])
        return JSONTree.object([
            "$schema": .text("http://json-schema.org/draft-07/schema#"),
            "title": .text("The configuration of Plimsoll"),
            "description": .text("Made by: plimsoll config schema"),
            "type": .text("object"),
            "required": .texts(["version"]),
            "additionalProperties": .truth(false),
            "properties": properties(KeyTree.document),
            "definitions": .object(["off": off]),
        ]).pretty() + "\n"
    }

    private static func reference(_ name: String) -> JSONTree { .object(["$ref": .text("#/definitions/\(name)")]) }

    private static func switched(_ name: String, _ value: JSONTree) -> JSONTree {
        .object([
            "type": .text("object"),
            "required": .texts([name]),
            "properties": .object([JSONTree.Member(name: name, value: .object(["const": value]))]),
        ])
    }

    private static func properties(_ trees: [KeyTree]) -> JSONTree {
        .object(trees.map { JSONTree.Member(name: $0.name, value: schema(of: $0)) })
    }

    private static func schema(of tree: KeyTree) -> JSONTree {
        let key = tree.key
        let meaning = sentence(plain(key.meaning))
        if let refusal = key.refusal {
            let isOpen = key.kind == .choice
            return .object([
                "description": .text("\(meaning) Refused: \(refusal)."),
                "allOf": isOpen ? nil : .list([reference("off")]),
                "maxProperties": isOpen ? .number("0") : nil,
                "type": isOpen ? .texts(["object", "null"]) : nil,
            ])
        }
        guard case .object(let form) = form(of: tree) else { return .null }
        let rest = JSONTree.object([
            "default": key.kind.isLeaf ? key.defaultValue.map(JSONTree.init(yaml:)) : nil,
            "examples": key.example.map { .list([JSONTree(yaml: $0)]) },
            "deprecated": key.newName == nil ? nil : .truth(true),
        ])
        guard case .object(let members) = rest else { return .null }
        return .object([JSONTree.Member(name: "description", value: .text(meaning))] + form + members)
    }

    private static func form(of tree: KeyTree) -> JSONTree {
        switch tree.key.kind {
        case .section, .choice:
            // The short form of a driver without parameters is a word.
            let types = tree.key.path == "storage" ? ["object", "string", "null"] : ["object", "null"]
            return .object([
                "type": .texts(types), "additionalProperties": .truth(false), "properties": properties(tree.children),
            ])
        case .sections:
            let required = tree.children.filter(\.key.isRequired).map(\.name)
            return .object([
                "type": .texts(["array", "null"]),
                "items": .object([
                    "type": .text("object"),
                    "required": required.isEmpty ? nil : .texts(required),
                    "additionalProperties": .truth(false),
                    "properties": properties(tree.children),
                ]),
            ])
        case let kind:
            return form(of: kind)
        }
    }

    private static func form(of kind: ConfigurationKind) -> JSONTree {
        switch kind {
        case .section, .choice, .sections: .object([:])
        case .map(let kind): .object(["type": .texts(["object", "null"]), "additionalProperties": form(of: kind)])
        case .list(let kind): .object(["type": .texts(["array", "null"]), "items": form(of: kind)])
        case .truth: .object(["type": .texts(["boolean", "null"])])
        case .number(let minimum):
            .object([
                "type": .texts(["integer", "string", "null"]), "minimum": .number("\(minimum)"),
                "pattern": .text("^[0-9]+$"),
            ])
        case .duration(let zero):
            .object([
                "type": .texts(zero ? ["string", "integer", "null"] : ["string", "null"]),
                "pattern": .text("^[+]?(0|(([0-9]+([.][0-9]*)?|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"),
                "maximum": zero ? .number("0") : nil,
            ])
        case .size:
            .object([
                "type": .texts(["integer", "string", "null"]), "minimum": .number("0"),
                "pattern": .text("^[0-9]+([KMGT]iB)?$"),
            ])
        case .text: .object(["type": .texts(["string", "number", "boolean", "null"])])
        case .path, .url, .address: .object(["type": .texts(["string", "null"])])
        case .word(let words): .object(["enum": .list(words.flatMap(spellings) + [.null])])
        case .form(_, let pattern):
            .object(["type": .texts(["string", "number", "null"]), "pattern": .text(pattern)])
        }
    }

    /// A word as YAML reads it, and as text where that is something else but means the same.
    private static func spellings(of word: String) -> [JSONTree] {
        let value = JSONTree(ConfigurationNode.Scalar(text: word, isPlain: true))
        if case .number = value { return [value, .text(word)] }
        return [value]
    }
}
