//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// One value of the tree that the file and the environment are merged into, with the place it came from.
struct ConfigurationNode: Equatable {
    typealias Origin = ConfigurationProblem.Origin

    enum Value: Equatable {
        case null
        case scalar(Scalar)
        case list([ConfigurationNode])
        case map([Entry])
    }

    /// A single value as it was written.
    struct Scalar: Equatable {
        let text: String
        /// Whether the text was written without quotes, so that `true` is a truth value and not a word.
        let isPlain: Bool
    }

    /// One key of a map, in the order of the file.
    struct Entry: Equatable {
        let key: String
        let keyOrigin: Origin
        var node: ConfigurationNode
    }

    var value: Value
    var origin: Origin

    /// The entries of a map; none for null, nil for a value that is no map.
    var entries: [Entry]? {
        switch value {
        case .null: []
        case .map(let entries): entries
        case .scalar, .list: nil
        }
    }

    /// Whether the value is not there: null, or a map or list without anything in it.
    var isEmpty: Bool {
        switch value {
        case .null: true
        case .scalar: false
        case .list(let items): items.isEmpty
        case .map(let entries): entries.isEmpty
        }
    }

    /// Whether the value asks for nothing: empty, `false`, `{enabled: false}`, `{disabled: true}`, or made of such values
    /// only.
    var isOff: Bool {
        switch value {
        case .null: true
        case .scalar(let scalar): scalar.text.isEmpty || truth == false
        case .list(let items): items.allSatisfy(\.isOff)
        case .map(let entries):
            entries.allSatisfy(\.node.isOff)
                || entries.contains { entry in
                    entry.key == "enabled" && entry.node.truth == false
                        || entry.key == "disabled" && entry.node.truth == true
                }
        }
    }

    private var truth: Bool? {
        guard case .scalar(let scalar) = value else { return nil }
        return try? scalar.boolean()
    }

    /// Every environment variable that left something in this value.
    var variables: [Origin] {
        let below: [Origin] =
            switch value {
            case .null, .scalar: []
            case .list(let items): items.flatMap(\.variables)
            case .map(let entries): entries.flatMap { $0.node.variables }
            }
        guard case .environment = origin else { return below }
        return [origin] + below
    }
}
