//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryAuth

@Suite("Policies")
struct PolicyTests {
    private let policy = Policy(
        groups: ["ci": ["robot", "mirror"]],
        rules: [
            PolicyRule(
                place: "p:1",
                allows: false,
                repositories: ["secret/**"],
                users: ["eve*"],
                actions: [.pull, .push]
            ),
            PolicyRule(place: "p:2", allows: true, repositories: ["public/**"], isForEveryone: true, actions: .pull),
            PolicyRule(place: "p:3", allows: true, repositories: ["**"], users: ["*"], actions: .pull),
            PolicyRule(
                place: "p:4",
                allows: true,
                repositories: ["team/*"],
                groups: ["ci"],
                actions: [.push, .delete]
            ),
        ],
        readOnlyUsers: ["mirror"],
        immutableTags: [ImmutableTagRule(place: "p:9", repositories: ["team/*"], tags: ["v*"])]
    )

    private func decide(_ user: String?, _ actions: RepositoryActions, _ name: String) throws -> Policy.Decision {
        policy.decide(.repository(try RepositoryName(name), actions), by: user.map { Principal(name: $0) })
    }

    @Test("The first rule that fits decides, and without one nothing is allowed")
    func order() throws {
        #expect(try decide(nil, .pull, "public/a").reason == .anonymous)
        #expect(try decide(nil, .pull, "team/a").reason == .noRule)
        #expect(try decide(nil, [.pull, .push], "public/a").isAllowed == false)
        #expect(try decide("alice", .pull, "team/a").isAllowed)
        #expect(try decide("alice", [.pull, .push], "team/a").text == "no rule allows push in team/a")
        #expect(try decide("robot", [.pull, .push], "team/a").isAllowed)
        #expect(try decide("robot", .delete, "team/a").text == "the rule at p:4 allows delete")
        #expect(try decide("robot", .delete, "team/a/b").isAllowed == false)
        #expect(try decide("eve2", .pull, "secret/a").reason == .ruleDenies)
        #expect(try decide("alice", .pull, "secret/a").isAllowed)
    }

    @Test("A user who may only read may not write, whatever the rules say")
    func readOnly() throws {
        #expect(try decide("mirror", .pull, "team/a").isAllowed)
        #expect(try decide("mirror", [.pull, .push], "team/a").reason == .userReadOnly)
    }

    @Test("Tags are immutable by pattern")
    func immutable() throws {
        let name = try RepositoryName("team/a")
        #expect(policy.immutableRule(for: try Tag("v1"), in: name)?.place == "p:9")
        #expect(policy.immutableRule(for: try Tag("latest"), in: name) == nil)
        #expect(policy.immutableRule(for: try Tag("v1"), in: try RepositoryName("other")) == nil)
    }

    @Test("Nothing needs no rule: an empty request is not allowed by accident")
    func nothing() throws {
        #expect(try decide("alice", [], "team/a").isAllowed == false)
    }
}
