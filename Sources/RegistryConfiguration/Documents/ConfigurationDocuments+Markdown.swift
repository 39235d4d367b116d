//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationDocuments {
    /// The tables of docs/configuration.md.
    package static var markdown: String {
        let documents = KeyTree.document.filter { $0.key.kind.isLeaf }
        let sections = KeyTree.document.filter { !$0.key.kind.isLeaf }
        let supported = sections.filter { $0.key.refusal == nil }
        var parts = ["### The document\n\n" + table(documents)]
        parts += supported.map { "### \($0.name)\n\n\(sentence($0.key.meaning))\n\n" + table($0.all) }
        parts.append(
            """
            ## Refused keys

            These are known, but refused when they ask for something: what is empty, `false`, `{enabled: false}` or
            `{disabled: true}` is let pass, but for storage drivers and `auth`.

            | key | since | what it is | why it is refused, and what to do instead |
            |---|---|---|---|

            """ + KeyTree.document.flatMap(\.all).compactMap(refusedRow).joined()
        )
        return parts.joined(separator: "\n")
    }

    private static func table(_ trees: [KeyTree]) -> String {
        let rows = trees.filter { ConfigurationCatalogue.refusal(of: $0.key) == nil }.map { tree in
            let key = tree.key
            let standard =
                key.isRequired ? "required" : key.defaultWords ?? key.defaultValue.map { "`\($0)`" } ?? ""
            let marks = [key.isSecret ? "secret" : nil, key.canBeReloaded ? "reloaded" : nil].compactMap { $0 }
            let meaning = key.meaning + (marks.isEmpty ? "" : " *(\(marks.joined(separator: ", ")))*")
            return "| `\(key.path)` | \(key.kind) | \(standard) | \(key.generation.rawValue) | \(meaning) |\n"
        }
        return "| key | type | default | since | meaning |\n|---|---|---|---|---|\n" + rows.joined()
    }

    private static func refusedRow(_ tree: KeyTree) -> String? {
        guard let refusal = tree.key.refusal else { return nil }
        return "| `\(tree.key.path)` | \(tree.key.generation.rawValue) | \(tree.key.meaning) | \(refusal) |\n"
    }
}
