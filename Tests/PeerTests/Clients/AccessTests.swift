//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("Clients with names and passwords", .timeLimit(.minutes(5)))
struct AccessTests {
    private static let password = "marked-password-1"

    /// Serves an empty root to users of whom each may do something else, and ends in order: returns the log.
    @discardableResult
    private func withServer(_ body: (ServerProcess) async throws -> Void) async throws -> [JSONValue] {
        let folder = try TemporaryFolder()
        let users = folder.path + "/users"
        for user in ["builder", "reader"] {
            let shell = "printf %s \"$PASSWORD\" | \"$PLIMSOLL\" htpasswd --create --cost 4 '\(users)' \(user)"
            let environment = ["PASSWORD": Self.password, "PLIMSOLL": try ProjectFolder.binary()]
            try await Tool.output("sh", ["-c", shell], environment: environment)
        }
        let auth = """
            {htpasswd: {realm: test, path: '\(users)'}, policy: {rules: [
            {effect: allow, users: [builder], repositories: ['team/**'], actions: [pull, push]},
            {effect: allow, users: [reader], repositories: ['team/*'], actions: [pull]},
            {effect: allow, everyone: true, repositories: ['public/**'], actions: [pull]}],
            immutabletags: [{repositories: ['**'], tags: ['v*']}]}}
            """
        let environment = [
            "REGISTRY_AUTH": auth, "REGISTRY_TRACING_ENABLED": "true", "REGISTRY_TRACING_SAMPLERATIO": "1",
            "REGISTRY_TRACING_FILE": folder.path + "/traces.jsonl",
        ]
        let configure: (inout ServerProcess.Setup) -> Void = { $0.environment = environment }
        let log = try await ServerProcess.with(root: folder.path + "/root", configure) { server in
            try await body(server)
            // Only then all that has been traced is in the file.
            #expect(await server.terminate() == .code(0))
            return try server.log()
        }
        try checkTraces(String(contentsOfFile: folder.path + "/traces.jsonl", encoding: .utf8))
        return log
    }

    /// Traces tell that somebody was let in or not, and never by what.
    private func checkTraces(_ text: String) throws {
        #expect(text.contains("\"authorize\"") && text.contains("no_credentials"))
        #expect(!text.contains(Self.password))
        for user in ["builder", "reader"] {
            let header = Data("\(user):\(Self.password)".utf8).base64EncodedString()
            #expect(!text.contains(header.prefix(header.count - 4)))
        }
        #expect(!text.lowercased().contains("authorization"))
    }

    private func credentials(_ user: String, _ side: String) -> [String] {
        ["--\(side)-creds", "\(user):\(Self.password)"]
    }

    @Test("skopeo pushes and pulls what its user may, and is told of all else")
    func policy() async throws {
        let image = try await ImageFolder.make(layers: [1, 2])
        let other = try await ImageFolder.make(layers: [3])
        let log = try await withServer { server in
            let target = "docker://\(server.address)/team/app:v1"
            try await Skopeo.copy(image.reference, target, credentials("builder", "dest"))
            let pulled = try TemporaryFolder()
            let place = "oci:\(pulled.path)/image:latest"
            try await Skopeo.copy(target, place, credentials("reader", "src"))
            #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)

            await #expect(throws: ToolFailed.self, "without a name") { try await Skopeo.copy(target, place) }
            await #expect(throws: ToolFailed.self, "a reader pushes") {
                try await Skopeo.copy(image.reference, target + "2", credentials("reader", "dest"))
            }
            await #expect(throws: ToolFailed.self, "a repository of nobody's") {
                try await Skopeo.copy(
                    image.reference,
                    "docker://\(server.address)/public/app:1",
                    credentials("builder", "dest")
                )
            }
            await #expect(throws: ToolFailed.self, "a tag that stays") {
                try await Skopeo.copy(other.reference, target, credentials("builder", "dest"))
            }
            await #expect(throws: ToolFailed.self, "a wrong password") {
                try await Skopeo.copy(target, place, ["--src-creds", "builder:\(Self.password)2"])
            }
        }
        try check(log)
    }

    private func check(_ log: [JSONValue]) throws {
        #expect(
            log.contains {
                $0["audit"]?.string == "denied" && $0["user"]?.string == "reader" && $0["status"]?.int == 403
            }
        )
        #expect(log.contains { $0["auth_reason"]?.string == "password_wrong" && $0["auth_detail"]?.string != nil })
        #expect(log.contains { $0["user"]?.string == "builder" && $0["status"]?.int == 201 })
        #expect(!log.contains { "\($0)".contains(Self.password) })
    }

    @Test("Paths that say the same in other letters are no way around the rules")
    func paths() async throws {
        try await withServer { server in
            let paths = [
                "/v2/team/app/tags/list", "/v2/team%2Fapp/tags/list", "/v2/team/%61pp/tags/list",
                "/v2//team/app/tags/list",
                "/v2/public/../team/app/tags/list", "/v2/public/%2e%2e/team/app/tags/list", "/V2/team/app/tags/list",
                "/v2/team/app/tags/list/", "/v2/team/app/tags/list?x=/v2/public/a",
            ]
            for path in paths {
                let status = try await server.client.send("GET", path).status
                #expect([400, 401, 404].contains(status), "\(path): \(status)")
            }
            #expect(try await server.client.send("GET", "/v2/").status == 401)
            #expect(try await server.client.send("GET", "/v2/public/app/tags/list").status == 404)
        }
    }
}
