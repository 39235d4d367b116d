//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Who may do what in which repositories, as the operator wrote it.
package struct PolicySettings: Sendable, Equatable {
    /// Names of users by the name of their group.
    package var groups: [String: [String]]
    /// In order: the first rule that fits decides, and without one nothing is allowed.
    package var rules: [Rule]
    /// Users who may only pull, whatever the rules say.
    package var readOnlyUsers: [String]
    /// Tags that are set once and stay.
    package var immutableTags: [ImmutableTags]

    /// One rule.
    package struct Rule: Sendable, Equatable {
        /// Where it stands.
        package var origin: ConfigurationProblem.Origin
        /// What it says of those it fits.
        package var effect: Effect
        /// Patterns of names of repositories; at least one.
        package var repositories: [String]
        package var users: [String]
        package var groups: [String]
        /// Whether it is for everybody, with credentials or without.
        package var everyone: Bool
        package var actions: Set<Action>
    }

    /// What a rule says.
    package enum Effect: String, Sendable, CaseIterable {
        case allow, deny
    }

    /// What can be done in a repository.
    package enum Action: String, Sendable, CaseIterable {
        /// Reading manifests, blobs, tags and referrers.
        case pull
        /// Adding content and setting tags.
        case push
        /// Removing manifests, tags and blobs.
        case delete
    }

    /// Tags, by patterns, that no push moves and nobody deletes.
    package struct ImmutableTags: Sendable, Equatable {
        package var origin: ConfigurationProblem.Origin
        package var repositories: [String]
        package var tags: [String]
    }

    /// Creates settings; without rules nothing is allowed.
    package init(
        groups: [String: [String]] = [:],
        rules: [Rule] = [],
        readOnlyUsers: [String] = [],
        immutableTags: [ImmutableTags] = []
    ) {
        self.groups = groups
        self.rules = rules
        self.readOnlyUsers = readOnlyUsers
        self.immutableTags = immutableTags
    }

    /// Reads a policy from a file of its own.
    /// - Parameter file: the name for messages; nothing is read from it.
    /// - Throws: a failure with every problem there is.
    package static func load(yaml: String, file: String) throws(ConfigurationFailure) -> PolicySettings {
        let record = ReadingRecord()
        let document = SectionReader(document: try RegistryConfiguration.node(from: yaml, file: file), record: record)
        let policy = PolicySettings(reading: document)
        document.reportUnreadEntries()
        guard record.problems.isEmpty else { throw ConfigurationFailure(file: file, problems: record.problems) }
        return policy
    }
}
