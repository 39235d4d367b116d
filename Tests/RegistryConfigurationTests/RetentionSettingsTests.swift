//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("Which tags stay")
struct RetentionSettingsTests {
    private func yaml(_ retention: String) -> String {
        """
        version: 0.1
        storage: {inmemory: {}, maintenance: {retention: \(retention)}}
        http: {addr: ":5000"}
        """
    }

    @Test("takes rules with what they keep, and nothing by itself unless told")
    func rules() throws {
        let retention = try load(
            yaml(
                """
                {interval: 1h, rules: [{repositories: [team/**], tags: ['pr-*'], keep: {latest: 5, pushedwithin: 24h,
                  pulledwithin: 720h, tags: ['v*']}}, {repositories: ['**'], keep: {latest: 0}}]}
                """
            )
        ).storage.retention
        #expect(!retention.enabled && retention.interval == .seconds(3600) && !retention.dryRun)
        #expect(retention.rules.map(\.repositories) == [["team/**"], ["**"]])
        #expect(retention.rules.map(\.tags) == [["pr-*"], ["*"]])
        #expect(retention.rules.map(\.keepLatest) == [5, 0])
        #expect(retention.rules[0].keepPushedWithin == .seconds(86_400))
        #expect(retention.rules[0].keepPulledWithin == .seconds(2_592_000))
        #expect(retention.rules[0].keepTags == ["v*"] && retention.rules[1].keepTags == [])
        #expect(try load(yaml("{}")).storage.retention == RetentionSettings())
    }

    @Test(
        "refuses what would remove everything by mistake, or nothing",
        arguments: [
            ("{rules: [{repositories: ['**']}]}", "needs something to keep"),
            ("{rules: [{keep: {latest: 1}}]}", "needs repositories, such as"),
            ("{enabled: true}", "needs rules"),
            ("{rules: [{repositories: ['**'], keep: {latest: -1}}]}", "must not be below 0"),
            ("{rules: [{repositories: ['**'], keep: {pushedwithin: 0s}}]}", "must be longer than 0"),
            ("{rules: [{repositories: ['a b'], keep: {latest: 1}}]}", "wildcards"),
            ("{rules: [{repositories: ['**'], keep: {newest: 1}}]}", "newest"),
        ]
    )
    func refused(_ retention: String, _ words: String) {
        let found = problems(yaml(retention))
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test("are read from a file of their own, which must have rules")
    func ownFile() throws {
        let text = "rules:\n  - repositories: ['**']\n    keep: {latest: 3}\n"
        #expect(try RetentionSettings.load(yaml: text, file: "policy.yml").rules.count == 1)
        #expect(throws: ConfigurationFailure.self) { try RetentionSettings.load(yaml: "{}", file: "policy.yml") }
        #expect(throws: ConfigurationFailure.self) {
            try RetentionSettings.load(yaml: "{rules: [], other: 1}", file: "policy.yml")
        }
    }
}
