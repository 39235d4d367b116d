//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What a key takes.
package indirect enum ConfigurationKind: Sendable, Equatable {
    /// A map of known keys, which means the same whether it is there or not.
    case section
    /// A map of known keys, which asks for something by being there.
    case choice
    /// A list of maps of known keys.
    case sections
    /// A map whose keys are free.
    case map(of: ConfigurationKind)
    case list(of: ConfigurationKind)
    case truth
    /// A whole number that is not below the bound.
    case number(from: Int)
    /// Go's form; some may not be 0.
    case duration(zero: Bool)
    /// Bytes.
    case size
    case text
    case path(FileUse)
    case url
    /// `host:port`.
    case address
    /// One of a few words, with the case that counts.
    case word([String])
    /// Text of a form that is told in words, and in a regular expression of JSON Schema.
    case form(String, pattern: String)

    /// What must be there for a path to be of use.
    package enum FileUse: Sendable, Equatable {
        /// A file that the server reads.
        case read
        /// A file that the server reads and nobody else should.
        case readSecret
        /// A file or socket that the server makes, in a folder that is there.
        case made
        /// A folder that the server makes where it is missing.
        case folder
        /// Nothing: the path is only looked at.
        case watched
    }

    static let truthOrAuto = ConfigurationKind.word(["true", "false", "auto"])
    static let level = ConfigurationKind.word(["error", "warn", "info", "debug"])
}

extension ConfigurationKind: CustomStringConvertible {
    /// In words, for people.
    package var description: String {
        switch self {
        case .section, .choice: "section"
        case .sections: "list of sections"
        case .map(let kind): "map of \(kind.plural)"
        case .list(let kind): "list of \(kind.plural)"
        case .truth: "truth value"
        case .number: "number"
        case .duration: "duration"
        case .size: "size"
        case .text: "text"
        case .path(.folder): "path of a folder"
        case .path: "path"
        case .url: "URL"
        case .address: "`host:port`"
        case .word(let words): Self.choice(words)
        case .form(let form, _): form
        }
    }

    private var plural: String {
        switch self {
        case .path: "paths"
        case .word(let words) where words.count <= 6: Self.choice(words)
        case .word: "words"
        case .list(let kind): "lists of \(kind.plural)"
        case .form(let form, _): form
        default: "\(self)"
        }
    }

    private static func choice(_ words: [String]) -> String {
        let names = words.map { "`\($0)`" }
        guard let last = names.last, names.count > 1 else { return names.joined() }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }

    /// Whether the key holds no other keys.
    package var isLeaf: Bool {
        switch self {
        case .section, .choice, .sections: false
        default: true
        }
    }
}
