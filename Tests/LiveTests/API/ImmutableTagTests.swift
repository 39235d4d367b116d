//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryAuth
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Tags that are set once and for all", .timeLimit(.minutes(10)))
struct ImmutableTagTests {
    private static let policy = Policy(
        groups: [:],
        rules: [
            PolicyRule(place: "p:1", allows: true, repositories: ["**"], isForEveryone: true, actions: [.pull, .push])
        ],
        readOnlyUsers: [],
        immutableTags: [ImmutableTagRule(place: "p:2", repositories: ["**"], tags: ["v*"])]
    )

    @Test("Of many first pushes at once exactly one succeeds, and its content is what the tag leads to")
    func race() async throws {
        let access = AccessController(.none, policy: .fixed(Self.policy), instruments: AuthInstruments())
        try await TestRegistry.with(.filesystem, { $0.access = access }) { registry in
            let client = WireClient(port: registry.port)
            let configuration = Array("{}".utf8)
            try await client.push(configuration, to: "a")
            for round in 0..<5 {
                let target = "/v2/a/manifests/v\(round)"
                let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
                    for number in 0..<16 {
                        group.addTask {
                            let extra = #","annotations":{"a":"\#(number)"}"#
                            let manifest = WireClient.manifest(configuration: configuration, layers: [], extra: extra)
                            let type = [("Content-Type", MediaType.ociManifest.description)]
                            let answer = try await client.send("PUT", target, headers: type, body: manifest)
                            return (answer.status, manifest)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.filter { $0.0 == 201 }.count == 1, "\(answers.map(\.0))")
                #expect(answers.filter { $0.0 == 403 }.count == 15)
                let found = try await client.send("GET", target).body
                #expect(answers.first { $0.0 == 201 }?.1 == found)
            }
        }
    }
}
