//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationDocuments {
    /// The template config/registry.yml: every key, most of them commented out.
    package static var template: String {
        let head = """
            # Made by: plimsoll config template
            #
            # Every key that Plimsoll knows, as a template for a server of your own.
            #
            # What is not commented out is a sound beginning. A line that begins with `#` and no space is a key with its
            # default, or with an example where the default is nothing. Durations are written like 10s, 500ms or 1h30m;
            # sizes like 512MiB. docs/configuration.md has the same keys in tables, and the rule for REGISTRY_ variables;
            # plimsoll config explain KEY tells more of each.
            """
        var lines = head.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for tree in KeyTree.document {
            lines.append("")
            write(tree, indentation: "", bullet: "", isActive: true, to: &lines)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func write(
        _ tree: KeyTree,
        indentation: String,
        bullet: String,
        isActive: Bool,
        to lines: inout [String]
    ) {
        let key = tree.key
        if let refusal = key.refusal {
            let text = "\(tree.name): \(plain(key.meaning)). Refused: \(refusal)."
            lines += wrapped(text, prefix: indentation + "# ")
            return
        }
        lines += wrapped(comment(key), prefix: indentation + "# ")
        let isActive = isActive && key.templateValue != nil
        let value = isActive ? key.templateValue : tree.children.isEmpty ? key.sample ?? "{}" : nil
        let text = "\(bullet)\(tree.name):" + (value.map { $0.isEmpty ? "" : " " + $0 } ?? "")
        // The rest of an item stands below its first key.
        lines.append(indentation + (isActive ? "" : "#") + text)
        let inside = indentation + String(repeating: " ", count: bullet.count) + "  "
        for (place, child) in tree.children.enumerated() {
            switch (key.kind, place) {
            case (.sections, 0):
                write(child, indentation: inside, bullet: "- ", isActive: isActive, to: &lines)
            case (.sections, _):
                write(child, indentation: inside + "  ", bullet: "", isActive: isActive, to: &lines)
            default:
                write(child, indentation: inside, bullet: "", isActive: isActive, to: &lines)
            }
        }
    }

    private static func comment(_ key: ConfigurationKey) -> String {
        var text = sentence(plain(key.meaning))
        if key.isRequired { text += " Required." }
        if let words = defaultWords(key) { text += " Default: \(plain(words))." }
        return text
    }
}
