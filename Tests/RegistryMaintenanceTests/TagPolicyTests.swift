//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryMaintenance

@Suite("A policy of tags")
struct TagPolicyTests {
    private static let day: Int64 = 86_400_000_000
    private let now = WallTime(microseconds: 1000 * Self.day)

    private static func tag(_ name: String, set age: Int64? = 0, pulled: Int64? = nil) -> TagFacts {
        TagFacts(
            name: name,
            digest: Digest.of(Array(name.utf8)),
            changed: age.map { WallTime(microseconds: (1000 - $0) * day) },
            pulled: pulled.map { WallTime(microseconds: (1000 - $0) * day) }
        )
    }

    private static func rule(
        _ place: String = "r",
        _ repositories: String = "**",
        tags: String = "*",
        keep: TagPolicy.Keep
    ) -> TagPolicy.Rule {
        TagPolicy.Rule(place: place, repositories: [Glob(repositories)], tags: [Glob(tags)], keep: keep)
    }

    private func verdicts(
        _ rules: [TagPolicy.Rule],
        _ tags: [TagFacts],
        of repository: String = "team/app",
        countedFor days: Int64? = 500,
        isFixed: (String) -> Bool = { _ in false }
    ) -> [RetentionVerdict] {
        TagPolicy(rules: rules).verdicts(
            on: tags,
            of: repository,
            at: now,
            usageBegan: days.map { WallTime(microseconds: (1000 - $0) * Self.day) },
            isFixed: isFixed
        )
    }

    @Test("The latest stay, by the time at which they were set; of one time those whose names come last")
    func latest() {
        let tags = [Self.tag("a", set: 3), Self.tag("b", set: 1), Self.tag("c", set: 1), Self.tag("d", set: 9)]
        #expect(
            verdicts([Self.rule(keep: .init(latest: 2))], tags)
                == [.remove(place: "r"), .keep(.latest), .keep(.latest), .remove(place: "r")]
        )
        #expect(verdicts([Self.rule(keep: .init(latest: 1))], tags)[2] == .keep(.latest))
        #expect(verdicts([Self.rule(keep: .init(latest: 0))], tags).allSatisfy { $0 == .remove(place: "r") })
    }

    @Test("A tag stays for a push or a pull in time, and for its name")
    func reasons() {
        let keep = TagPolicy.Keep(
            pushedWithin: .seconds(10 * 86_400),
            pulledWithin: .seconds(90 * 86_400),
            tags: [Glob("v*")]
        )
        let tags = [
            Self.tag("new", set: 9), Self.tag("old", set: 11), Self.tag("used", set: 200, pulled: 89),
            Self.tag("unused", set: 200, pulled: 91), Self.tag("v1", set: 900), Self.tag("soon", set: -5),
        ]
        #expect(
            verdicts([Self.rule(keep: keep)], tags) == [
                .keep(.pushed), .remove(place: "r"), .keep(.pulled), .remove(place: "r"), .keep(.pattern),
                .keep(.pushed),
            ]
        )
    }

    @Test("What is not known counts for the tag: when it was set, and pulls from before anybody counted them")
    func unknown() {
        let pushed = [Self.rule(keep: .init(pushedWithin: .seconds(1)))]
        let pulled = [Self.rule(keep: .init(pulledWithin: .seconds(90 * 86_400)))]
        #expect(verdicts(pushed, [Self.tag("a", set: nil)]) == [.keep(.unknown)])
        #expect(verdicts(pulled, [Self.tag("a", set: 900)], countedFor: 89) == [.keep(.unknown)])
        #expect(verdicts(pulled, [Self.tag("a", set: 900)], countedFor: nil) == [.keep(.unknown)])
        #expect(verdicts(pulled, [Self.tag("a", set: 900)], countedFor: 91) == [.remove(place: "r")])
        // It may be the newest.
        let tags = [Self.tag("a", set: 1), Self.tag("b", set: nil)]
        #expect(verdicts([Self.rule(keep: .init(latest: 1))], tags) == [.remove(place: "r"), .keep(.latest)])
    }

    @Test("The first rule that fits decides, a tag that none fits stays, and so does a fixed one")
    func rules() {
        let rules = [
            Self.rule("first", "team/**", tags: "pr-*", keep: .init(latest: 0)),
            Self.rule("second", "**", tags: "pr-*", keep: .init(tags: [Glob("*")])),
            Self.rule("third", "team/app", tags: "t*", keep: .init(latest: 0)),
        ]
        let tags = [Self.tag("pr-1"), Self.tag("t"), Self.tag("x")]
        #expect(
            verdicts(rules, tags) == [.remove(place: "first"), .remove(place: "third"), .keep(.noRule)]
        )
        #expect(verdicts(rules, tags, of: "other") == [.keep(.pattern), .keep(.noRule), .keep(.noRule)])
        #expect(verdicts(rules, tags) { $0 == "t" }[1] == .keep(.immutable))
        let policy = TagPolicy(rules: [rules[0]])
        #expect(policy.concerns("team/a/b") && !policy.concerns("other"))
    }

    @Test("Only tags that a rule is about count among its latest")
    func latestOfRule() {
        let tags = [Self.tag("a-1", set: 5), Self.tag("a-2", set: 4), Self.tag("b-1", set: 1)]
        let rule = Self.rule(tags: "a-*", keep: .init(latest: 1))
        #expect(verdicts([rule], tags) == [.remove(place: "r"), .keep(.latest), .keep(.noRule)])
    }
}
