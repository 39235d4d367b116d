//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension PolicySettings {
    /// More than anybody can oversee; a bound for what one decision may cost.
    private static let maximumRules = 1000

    /// Reads the section `auth.policy`, or a file of its own.
    init(reading policy: SectionReader) {
        self.init()
        for entry in policy.freeEntries("groups") {
            groups[entry.key] = policy.items(of: entry.node, at: "groups.\(entry.key.printable)")
        }
        rules = policy.sections("rules") { Rule(reading: $0, groups: Set(groups.keys)) }
        readOnlyUsers = policy.texts("readonlyusers", SectionReader.name)
        immutableTags = policy.sections("immutabletags", ImmutableTags.init(reading:))
        if rules.count + immutableTags.count > Self.maximumRules {
            policy.report("has more than \(Self.maximumRules) rules")
        }
    }
}

extension PolicySettings.Rule {
    fileprivate init(reading rule: SectionReader, groups known: Set<String>) {
        origin = rule.origin
        effect = rule.value("effect", default: .allow) { scalar throws(InvalidValue) in
            try scalar.word(of: PolicySettings.Effect.self)
        }
        repositories = rule.patterns("repositories", example: "library/*")
        users = rule.texts("users", SectionReader.name)
        groups = rule.texts("groups") { scalar throws(InvalidValue) in
            guard known.contains(scalar.text) else {
                let hint = Suggestion.nearest(to: scalar.text, among: known.sorted()).map { "; did you mean \($0)?" }
                throw InvalidValue("there is no group \(scalar.text.quoted)\(hint ?? "")")
            }
            return scalar.text
        }
        everyone = rule.boolean("everyone", default: false)
        let actions = rule.texts("actions") { scalar throws(InvalidValue) in
            try scalar.word(of: PolicySettings.Action.self)
        }
        self.actions = Set(actions)
        if actions.isEmpty { rule.report("needs actions: pull, push or delete") }
        if users.isEmpty, groups.isEmpty, !everyone {
            rule.report("is for nobody; give users, groups or everyone: true")
        }
    }
}

extension PolicySettings.ImmutableTags {
    fileprivate init(reading section: SectionReader) {
        origin = section.origin
        repositories = section.patterns("repositories", example: "library/*")
        tags = section.patterns("tags", example: "v*")
    }
}

extension SectionReader {
    /// The name of a user, or a pattern for it.
    fileprivate static func name(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> String {
        guard (1...255).contains(scalar.text.utf8.count) else {
            throw InvalidValue("a user's name has 1 to 255 bytes")
        }
        return scalar.text
    }

    /// The names in a list that stands below a free key.
    fileprivate func items(of node: ConfigurationNode, at key: String) -> [String] {
        guard case .list(let items) = node.value else {
            report("must be a list of users, as in [alice, bob]", at: key, origin: node.origin)
            return []
        }
        return items.compactMap { item in
            value(of: item, at: key, default: String?.none) { scalar throws(InvalidValue) in try Self.name(scalar) }
        }
    }
}
