//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@Suite("plimsoll ctl retain", .timeLimit(.minutes(3)))
struct RetentionTests {
    private let folder: TemporaryFolder
    private let socket: String

    init() throws {
        folder = try TemporaryFolder()
        socket = folder.path + "/control.sock"
    }

    private func with(rules: String, _ body: (ServerProcess, WireClient) async throws -> Void) async throws {
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.http = "control: {socket: \"\(socket)\"}"
                setup.environment = ["REGISTRY_STORAGE_MAINTENANCE_RETENTION": "{rules: \(rules)}"]
                setup.sections = """
                    auth: {none: {}, policy: {rules: [{repositories: ['**'], everyone: true, actions: [pull, push, delete]}],
                      immutabletags: [{repositories: ['**'], tags: [fixed]}]}}
                    """
            }
        ) { server in
            // Whoever acts on what it says is refused before that.
            try await LedgerProcess.current(server)
            try await body(server, WireClient(port: server.port))
        }
    }

    private func retain(_ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["ctl", "retain", "--socket", socket] + arguments)
    }

    private func tags(of name: String, _ client: WireClient) async throws -> String {
        try await client.get("/v2/\(name)/tags/list").text
    }

    @Test("It lists what it would remove, then removes that and no more, and tells of each")
    func removes() async throws {
        try await with(rules: "[{repositories: [team/**], keep: {latest: 1, tags: ['v*']}}]") { server, client in
            for tag in ["fixed", "v1", "a", "b", "last"] {
                try await client.pushImage(to: "team/app", reference: tag, layers: [Array(tag.utf8)])
            }
            try await client.pushImage(to: "other", reference: "a", layers: [[1]])

            let planned = try await retain("--dry-run", "--json")
            let plan = try JSONValue(text: planned.output)
            #expect(plan["tags"]?.array.compactMap { $0["tag"]?.string } == ["a", "b"], "\(planned)")
            #expect(plan["kept"]?["immutable"]?.int == 1 && plan["kept"]?["pattern"]?.int == 1)
            #expect(plan["kept"]?["latest"]?.int == 1)
            #expect(
                try await tags(of: "team/app", client) == #"{"name":"team/app","tags":["a","b","fixed","last","v1"]}"#
            )

            let done = try await retain()
            #expect(done.status == .code(0) && done.output.contains("REGISTRY_STORAGE_MAINTENANCE_RETENTION"))
            #expect(done.errors == "2 tags removed; kept: 1 latest, 1 pattern, 1 immutable\n", "\(done)")
            #expect(try await tags(of: "team/app", client) == #"{"name":"team/app","tags":["fixed","last","v1"]}"#)
            #expect(try await tags(of: "other", client) == #"{"name":"other","tags":["a"]}"#)
            let event = try await server.event("tag_expired")
            #expect(event?["repository"]?.string == "team/app" && event?["tag"]?.string == "a")
            let again = try await retain()
            #expect(again.errors.hasPrefix("0 tags removed"))
        }
    }

    @Test("It says why it does nothing: without rules, and in read-only mode")
    func refusals() async throws {
        try await with(rules: "[]") { _, _ in
            let answer = try await retain()
            #expect(answer.status == .code(1) && answer.errors.contains("has no rules"), "\(answer)")
        }
        try await with(rules: "[{repositories: ['**'], keep: {latest: 0}}]") { _, client in
            try await client.pushImage(to: "team/app", reference: "a", layers: [[1]])
            _ = try await Tool.run(try ProjectFolder.binary(), ["ctl", "read-only", "on", "--socket", socket])
            let answer = try await retain()
            #expect(answer.status == .code(1) && answer.errors.contains("read-only"), "\(answer)")
            let planned = try await retain("--dry-run")
            #expect(planned.errors.hasPrefix("1 tags would be removed"), "\(planned)")
            #expect(try await tags(of: "team/app", client).contains("\"a\""))
        }
    }
}
