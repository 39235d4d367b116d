//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// One rule of a policy.
package struct PolicyRule: Sendable {
    /// Where it stands, for people: `policy.yml:7`.
    package let place: String
    package let allows: Bool
    package let repositories: [Glob]
    package let users: [Glob]
    package let groups: Set<String>
    package let isForEveryone: Bool
    package let actions: RepositoryActions

    package init(
        place: String,
        allows: Bool,
        repositories: [String],
        users: [String] = [],
        groups: Set<String> = [],
        isForEveryone: Bool = false,
        actions: RepositoryActions
    ) {
        self.place = place
        self.allows = allows
        self.repositories = repositories.map { Glob($0) }
        // Names of users have no components: a star stands for whatever they have.
        self.users = users.map { Glob($0.replacing("*", with: "**")) }
        self.groups = groups
        self.isForEveryone = isForEveryone
        self.actions = actions
    }

    func fits(
        _ action: RepositoryActions,
        in name: RepositoryName,
        by principal: Principal?,
        of memberships: Set<String>
    )
        -> Bool
    {
        guard actions.contains(action), repositories.contains(where: { $0.matches(name.description) }) else {
            return false
        }
        if isForEveryone { return true }
        guard let principal else { return false }
        return users.contains { $0.matches(principal.name) } || !groups.isDisjoint(with: memberships)
    }
}

/// Tags that are set once and stay.
package struct ImmutableTagRule: Sendable {
    package let place: String
    package let repositories: [Glob]
    package let tags: [Glob]

    package init(place: String, repositories: [String], tags: [String]) {
        self.place = place
        self.repositories = repositories.map { Glob($0) }
        self.tags = tags.map { Glob($0) }
    }
}
