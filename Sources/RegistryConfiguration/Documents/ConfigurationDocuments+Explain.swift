//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationDocuments {
    /// The sections, a line each.
    package static var overview: String {
        let width = KeyTree.document.map(\.name.count).max() ?? 0
        return KeyTree.document.map { tree in
            let margin = String(repeating: " ", count: width - tree.name.count + 2)
            let refused = tree.key.refusal == nil ? "" : " (refused)"
            return "\(tree.name)\(margin)\(plain(tree.key.meaning))\(refused)\n"
        }.joined()
    }

    /// All that is known of a key, for whoever asks on the command line.
    package static func explanation(of key: ConfigurationKey) -> String {
        var facts: [(String, String)] = [("type", plain("\(key.kind)"))]
        if key.isRequired { facts.append(("required", "yes")) }
        if let words = defaultWords(key) { facts.append(("default", plain(words))) }
        if let example = key.example { facts.append(("example", "\(lastName(of: key)): \(example)")) }
        facts.append(("variable", variable(for: key)))
        facts.append(("since", since(key.generation)))
        let isValue = key.kind != .section && key.kind != .choice && key.kind != .sections
        if ConfigurationCatalogue.refusal(of: key) == nil, isValue {
            facts.append(("reload", key.canBeReloaded ? "taken in while the server runs" : "needs a restart"))
        }
        if key.isSecret { facts.append(("secret", "yes; never shown")) }
        if let name = key.oldName { facts.append(("old name", name)) }
        if let name = key.newName { facts.append(("better", name)) }
        if let refusal = ConfigurationCatalogue.refusal(of: key) { facts.append(("refused", refusal)) }
        var lines = [key.path] + wrapped(sentence(plain(key.meaning)), prefix: "    ") + [""]
        for (name, fact) in facts {
            let margin = "    " + name + String(repeating: " ", count: max(1, 10 - name.count))
            let rest = String(repeating: " ", count: margin.count)
            let text = wrapped(fact, prefix: rest)
            lines.append(margin + (text.first?.dropFirst(margin.count) ?? ""))
            lines += text.dropFirst()
        }
        let children = KeyTree.document.flatMap(\.all).first { $0.key.path == key.path }?.children ?? []
        if !children.isEmpty {
            lines += ["", "    keys"]
            for child in children {
                let text = wrapped("\(child.name): \(plain(child.key.meaning))", prefix: "            ")
                // The first line stands out by half of the margin.
                lines += text.prefix(1).map { String($0.dropFirst(4)) } + text.dropFirst()
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The variable that sets the key; the first place of each list.
    static func variable(for key: ConfigurationKey) -> String {
        EnvironmentOverlay.variable(for: key.path.replacing("[]", with: ".0"))
    }

    private static func lastName(of key: ConfigurationKey) -> String {
        key.path.split(separator: ".").last.map(String.init) ?? key.path
    }

    private static func since(_ generation: ConfigurationKey.Generation) -> String {
        switch generation {
        case .both: "distribution 2 and 3"
        case .version2: "distribution 2 only"
        case .version3: "distribution 3"
        case .plimsoll: "Plimsoll's own"
        }
    }
}
