//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit

/// A command that a document tells to type.
struct DocumentedCommand: Sendable {
    /// Below `docs`.
    let file: String
    let text: String
    /// Whether it stands in a block to be typed, and not within a sentence, where it may be a mere name.
    let isBlock: Bool

    private static let folder = ProjectFolder.path + "/docs"

    /// The runbooks, and what else is read when something is wrong.
    private static func files() throws -> [String] {
        let runbooks = try FileManager.default.contentsOfDirectory(atPath: folder + "/runbooks")
        return runbooks.filter { $0.hasSuffix(".md") }.sorted().map { "runbooks/\($0)" }
            + ["operations.md", "observability.md", "authentication.md"]
    }

    private static func blocks(_ language: String, of text: String) -> [String] {
        let parts = text.components(separatedBy: "\n```")
        return parts.filter { $0.hasPrefix("\(language)\n") }
            .flatMap { $0.split(separator: "\n").dropFirst().map(String.init) }
    }

    /// All of them, line by line.
    static func all() throws -> [DocumentedCommand] {
        try files().flatMap { file in
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            let typed = ["sh", "console"].flatMap { blocks($0, of: text) }.map { line in
                let command = line.hasPrefix("$ ") ? String(line.dropFirst(2)) : line
                return DocumentedCommand(file: file, text: command, isBlock: true)
            }
            let said = text.matches(of: /`((?:sudo )?(?:plimsoll|journalctl|curl|systemctl) [^`\n]*)`/).map {
                // A table's own sign.
                DocumentedCommand(file: file, text: String($0.1.replacing("\\|", with: "|")), isBlock: false)
            }
            return typed + said
        }
    }

    /// The expressions of PromQL in the runbooks, by file.
    static func expressions() throws -> [(name: String, expression: String)] {
        try files().filter { $0.hasPrefix("runbooks/") }.flatMap { file in
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            return blocks("promql", of: text).map { (file, $0) }
        }
    }

    /// What jq is given: its options, and its program.
    var filter: (options: [String], program: String)? {
        guard let match = text.firstMatch(of: /\bjq((?: -\w+)*) '([^']*)'/) else { return nil }
        return (match.1.split(separator: " ").map(String.init), String(match.2))
    }

    /// Whether it reads lines of the log.
    var readsLog: Bool { text.contains("journalctl") || text.contains("plimsoll logs cat") }
}
