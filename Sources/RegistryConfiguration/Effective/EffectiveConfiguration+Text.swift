//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

extension EffectiveConfiguration {
    /// A file that means the same, with the origin behind each value; secrets are left out.
    package var yaml: String {
        var lines: [String] = []
        write(root, indentation: "", first: "", to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private func write(_ node: Node, indentation: String, first: String, to lines: inout [String]) {
        switch node {
        case .value(let value):
            lines.append("\(first)\(text(of: value))  # \(words(for: value.origin))")
        case .list(let items, let origin) where items.isEmpty:
            lines.append("\(first)[]  # \(words(for: origin))")
        case .map(let entries, let origin) where entries.isEmpty:
            lines.append("\(first){}  # \(words(for: origin))")
        case .list(let items, _):
            if !first.isEmpty { lines.append(String(first.dropLast())) }
            for item in items {
                write(item, indentation: indentation + "  ", first: indentation + "- ", to: &lines)
            }
        case .map(let entries, _):
            // An item of a list has its first key behind its dash.
            let isItem = first.hasSuffix("- ")
            if !first.isEmpty, !isItem { lines.append(String(first.dropLast())) }
            for (place, entry) in entries.enumerated() {
                let start = isItem && place == 0 ? first : indentation
                let key = Self.key(entry.name)
                write(entry.node, indentation: indentation + "  ", first: "\(start)\(key): ", to: &lines)
            }
        }
    }

    private func text(of value: Value) -> String {
        guard let text = value.text else { return "null" }
        return value.isPlain ? text : text.jsonQuoted
    }

    private func words(for origin: Origin) -> String {
        switch origin {
        case .standard(let words): words.map { "default: " + ConfigurationDocuments.plain($0) } ?? "default"
        case .file(let line): "\(file.printable):\(line)"
        case .environment(let variable): variable.printable
        }
    }

    private static func key(_ name: String) -> String {
        name.wholeMatch(of: #/[A-Za-z][A-Za-z0-9_.\/-]*/#) == nil || name.count < 3 ? name.jsonQuoted : name
    }

    /// The same as a JSON array: an object for each value.
    package var json: String {
        var lines: [String] = []
        collect(root, at: "", to: &lines)
        return "[\n" + lines.map { "  " + $0 }.joined(separator: ",\n") + "\n]\n"
    }

    private func collect(_ node: Node, at path: String, to lines: inout [String]) {
        switch node {
        case .value(let value):
            let json = value.text.map { JSONTree(ConfigurationNode.Scalar(text: $0, isPlain: value.isPlain)) }
            lines.append(line(path, json ?? .null, value.origin))
        case .list(let items, let origin) where items.isEmpty:
            lines.append(line(path, .list([]), origin))
        case .map(let entries, let origin) where entries.isEmpty:
            lines.append(line(path, .object([JSONTree.Member]()), origin))
        case .list(let items, _):
            for (place, item) in items.enumerated() { collect(item, at: "\(path).\(place)", to: &lines) }
        case .map(let entries, _):
            for entry in entries {
                collect(entry.node, at: path.isEmpty ? entry.name : "\(path).\(entry.name)", to: &lines)
            }
        }
    }

    private func line(_ path: String, _ value: JSONTree, _ origin: Origin) -> String {
        let members: JSONTree =
            switch origin {
            case .standard(let words):
                .object([
                    "key": .text(path), "value": value, "origin": .text("default"),
                    "default": words.map { .text(ConfigurationDocuments.plain($0)) },
                ])
            case .file(let line):
                .object([
                    "key": .text(path), "value": value, "origin": .text("file"), "file": .text(file),
                    "line": .number("\(line)"),
                ])
            case .environment(let variable):
                .object([
                    "key": .text(path), "value": value, "origin": .text("environment"), "variable": .text(variable),
                ])
            }
        return members.compact
    }
}
