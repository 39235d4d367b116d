//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Lays `REGISTRY_…` variables over the tree of the file.
///
/// A variable is a key in capitals with `_` for the dots, and its value is YAML: `REGISTRY_HTTP_ADDR=:5000`. They are
/// applied in the order of their names, so a section comes before what is inside of it, and the second place of a list
/// before the tenth.
struct EnvironmentOverlay {
    private static let prefix = "REGISTRY_"
    /// Names the file itself, and so is no key in it.
    private static let configurationPath = "REGISTRY_CONFIGURATION_PATH"

    let environment: [String: String]

    /// The variable for a key in dotted form.
    static func variable(for path: String) -> String {
        prefix + path.uppercased().replacing(".", with: "_")
    }

    /// Applies every variable to `root`, and reports those that can't be.
    func apply(to root: inout ConfigurationNode, record: ReadingRecord) {
        let variables = environment.filter { name, value in
            name.hasPrefix(Self.prefix) && name != Self.configurationPath
                && !KubernetesServiceVariable.matches(name: name, value: value)
        }
        for (name, value) in variables.sorted(by: { Self.precedes($0.key, $1.key) }) {
            let path = name.dropFirst(Self.prefix.count).lowercased()
                .split(separator: "_", omittingEmptySubsequences: false)
                .map(String.init)
            let origin = ConfigurationProblem.Origin.environment(variable: name)
            do throws(InvalidValue) {
                try Self.apply(value, at: path, origin: origin, to: &root)
            } catch {
                record.add(error.message, at: path.joined(separator: ".").printable, origin: origin)
            }
        }
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        let parts = zip(left.split(separator: "_"), right.split(separator: "_"))
        guard let (one, other) = parts.first(where: { $0 != $1 }) else { return left < right }
        switch (Int(one), Int(other)) {
        case (let one?, let other?) where one != other: return one < other
        case (.some, nil): return true
        case (nil, .some): return false
        default: return one < other
        }
    }

    private static func apply(
        _ text: String,
        at path: [String],
        origin: ConfigurationProblem.Origin,
        to root: inout ConfigurationNode,
    ) throws(InvalidValue) {
        guard !path.contains(""), path.count <= YAMLComposer.maximumDepth else { throw InvalidValue("names no key") }
        guard path.first != "version" else { throw InvalidValue("the version can't be set from the environment") }
        let node = try value(of: text, origin: origin)
        if path == ["storage"], case .scalar(let driver) = node.value {
            try root.selectStorageDriver(driver.text, origin: origin)
        } else if path == ["auth"], case .scalar(let scheme) = node.value {
            root.selectAuthScheme(scheme.text, origin: origin)
        } else {
            try root.set(node, at: path[...])
        }
    }

    private static func value(
        of text: String,
        origin: ConfigurationProblem.Origin,
    ) throws(InvalidValue) -> ConfigurationNode {
        do throws(YAMLFault) {
            return try YAMLComposer.compose(text) { _ in origin } ?? ConfigurationNode(value: .null, origin: origin)
        } catch {
            throw InvalidValue("\(error.message); put text with special characters in quotes")
        }
    }
}
