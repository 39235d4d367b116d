//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// Who may do what in which repositories.
package struct Policy: Sendable {
    /// Groups by the names of their members.
    private let memberships: [String: Set<String>]
    private let rules: [PolicyRule]
    private let readOnlyUsers: Set<String>
    private let immutableTags: [ImmutableTagRule]

    /// - Parameters:
    ///   - groups: members by the name of their group.
    ///   - rules: in order; the first that fits decides.
    ///   - readOnlyUsers: may only pull, whatever the rules say.
    package init(
        groups: [String: [String]] = [:],
        rules: [PolicyRule],
        readOnlyUsers: Set<String> = [],
        immutableTags: [ImmutableTagRule] = []
    ) {
        var memberships: [String: Set<String>] = [:]
        for (group, members) in groups {
            for member in members { memberships[member, default: []].insert(group) }
        }
        self.memberships = memberships
        self.rules = rules
        self.readOnlyUsers = readOnlyUsers
        self.immutableTags = immutableTags
    }

    /// How many rules there are.
    package var count: Int { rules.count + immutableTags.count }

    /// A decision, and what it was made by.
    package struct Decision: Sendable, Equatable {
        package let isAllowed: Bool
        package let reason: AuthReason
        /// For people: the rule that decided, or that there is none.
        package let text: String
    }

    /// Decides about one action.
    package func decide(_ action: RepositoryActions, in name: RepositoryName, by principal: Principal?) -> Decision {
        if action != .pull, let principal, readOnlyUsers.contains(principal.name) {
            return Decision(isAllowed: false, reason: .userReadOnly, text: "\(principal.name) is in readonlyusers")
        }
        let groups = principal.flatMap { memberships[$0.name] } ?? []
        guard let rule = rules.first(where: { $0.fits(action, in: name, by: principal, of: groups) }) else {
            return Decision(isAllowed: false, reason: .noRule, text: "no rule allows \(action) in \(name)")
        }
        if rule.allows {
            return Decision(
                isAllowed: true,
                reason: rule.isForEveryone && principal == nil ? .anonymous : .verified,
                text: "the rule at \(rule.place) allows \(action)"
            )
        }
        return Decision(isAllowed: false, reason: .ruleDenies, text: "the rule at \(rule.place) denies \(action)")
    }

    /// Decides about all that a request needs: the first refusal, else the last permission.
    package func decide(_ access: Access, by principal: Principal?) -> Decision {
        guard case .repository(let name, let actions) = access else {
            // Signing in, and the list of what may be seen, are for everybody whom the scheme lets in.
            return Decision(isAllowed: true, reason: principal == nil ? .anonymous : .verified, text: "no repository")
        }
        var decision = Decision(isAllowed: false, reason: .noRule, text: "nothing is asked for")
        for (_, action) in RepositoryActions.names where actions.contains(action) {
            decision = decide(action, in: name, by: principal)
            guard decision.isAllowed else { return decision }
        }
        return decision
    }

    /// The rule by which a tag is set once and for all; nil for none.
    package func immutableRule(for tag: Tag, in name: RepositoryName) -> ImmutableTagRule? {
        immutableTags.first { rule in
            rule.repositories.contains { $0.matches(name.description) }
                && rule.tags.contains { $0.matches(tag.description) }
        }
    }

    func hasImmutableTags(in name: RepositoryName) -> Bool {
        immutableTags.contains { rule in rule.repositories.contains { $0.matches(name.description) } }
    }
}
