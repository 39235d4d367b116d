//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What holds: every key with its value, and where that comes from.
package struct EffectiveConfiguration: Sendable, Equatable {
    /// The file's name as the operator gave it.
    package let file: String
    /// The whole document.
    let root: Node
    /// Every path that a value names, with what must be there.
    package internal(set) var paths: [NamedPath] = []

    /// A value, or what values stand in.
    indirect enum Node: Sendable, Equatable {
        case value(Value)
        case list([Node], Origin)
        case map([Entry], Origin)
    }

    struct Entry: Sendable, Equatable {
        let name: String
        var node: Node
    }

    /// A single value as it can be written into a file.
    struct Value: Sendable, Equatable {
        /// Nil for nothing.
        let text: String?
        /// Whether the text needs no quotes.
        let isPlain: Bool
        let origin: Origin
        /// Tells secrets of this run apart; nil for what is no secret.
        var fingerprint: Int?
    }

    /// Where a value comes from.
    enum Origin: Sendable, Equatable {
        /// Nobody gave it; words tell what holds where no value can.
        case standard(words: String?)
        case file(line: Int)
        case environment(variable: String)

        init(_ origin: ConfigurationProblem.Origin) {
            self =
                switch origin {
                case .file(let line): .file(line: line)
                case .environment(let variable): .environment(variable: variable)
                case .whole: .standard(words: nil)
                }
        }
    }

    /// The place of a key; nil where it has its default, and for a key that is none.
    package func origin(of key: String) -> ConfigurationProblem.Origin? {
        let node = key.split(separator: ".").reduce(Optional(root)) { node, name in
            guard case .map(let entries, _) = node else { return nil }
            return entries.first { $0.name == name }?.node
        }
        switch node?.origin {
        case .file(let line): return .file(line: line)
        case .environment(let variable): return .environment(variable: variable)
        case .standard, nil: return nil
        }
    }

    /// How many single values come from the file, and how many from the environment.
    package var counts: (file: Int, environment: Int) {
        root.values.reduce(into: (file: 0, environment: 0)) { counts, value in
            switch value.origin {
            case .standard: break
            case .file: counts.file += 1
            case .environment: counts.environment += 1
            }
        }
    }

    /// A path, and the key that names it.
    package struct NamedPath: Sendable, Equatable {
        package let key: String
        package let path: String
        package let use: ConfigurationKind.FileUse
        /// The place of the value; `.whole` for a default.
        package let origin: ConfigurationProblem.Origin
    }
}

extension EffectiveConfiguration.Node {
    var origin: EffectiveConfiguration.Origin {
        switch self {
        case .value(let value): value.origin
        case .list(_, let origin), .map(_, let origin): origin
        }
    }

    /// Every single value in it.
    var values: [EffectiveConfiguration.Value] {
        switch self {
        case .value(let value): [value]
        case .list(let items, _): items.flatMap(\.values)
        case .map(let entries, _): entries.flatMap(\.node.values)
        }
    }
}
