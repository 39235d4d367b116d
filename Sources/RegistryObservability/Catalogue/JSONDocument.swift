//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// A JSON document to be printed, with keys in the order given.
indirect enum JSONDocument {
    case object([(String, JSONDocument)])
    case array([JSONDocument])
    case string(String)
    case number(Int)
    case null

    /// A list of texts.
    static func strings(_ texts: [String]) -> JSONDocument { .array(texts.map(JSONDocument.string)) }

    /// The text, indented by two spaces a level.
    var text: String { text(indent: "") }

    private func text(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .object(let members):
            guard !members.isEmpty else { return "{}" }
            let lines = members.map { "\(inner)\($0.jsonQuoted): \($1.text(indent: inner))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        case .array(let items):
            let isFlat = items.allSatisfy { if case .object = $0 { false } else { true } }
            if isFlat { return "[\(items.map { $0.text(indent: inner) }.joined(separator: ", "))]" }
            let lines = items.map { inner + $0.text(indent: inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
        case .string(let text): return text.jsonQuoted
        case .number(let number): return "\(number)"
        case .null: return "null"
        }
    }
}
