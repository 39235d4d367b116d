//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@Suite("Clients with tokens", .timeLimit(.minutes(5)))
struct TokenTests {
    private static let password = "marked-password-2"

    /// Serves an empty root to those who bring tokens of a server that it trusts, or of another.
    private func withServer(trusting: Bool = true, _ body: (ServerProcess) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let key = try await TokenKey("RS256")
        let trusted = trusting ? key : try await TokenKey("RS256")
        try await TokenServerProcess.with(key, users: ["builder:\(Self.password)", "reader:\(Self.password)"]) {
            tokens in
            let auth = """
                {token: {realm: '\(tokens.realm)', service: registry, issuer: tests, rootcertbundle: '\(trusted.certificatePath)'}}
                """
            try await ServerProcess.with(root: folder.path, { $0.environment = ["REGISTRY_AUTH": auth] }, body)
        }
    }

    @Test("skopeo gets tokens for what it does, and no further than they go")
    func skopeo() async throws {
        let image = try await ImageFolder.make(layers: [1, 2])
        try await withServer { server in
            let target = "docker://\(server.address)/team/app:1"
            try await Skopeo.copy(image.reference, target, ["--dest-creds", "builder:\(Self.password)"])
            let pulled = try TemporaryFolder()
            try await Skopeo.copy(target, "oci:\(pulled.path)/image:latest")
            #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)
            await #expect(throws: ToolFailed.self, "a reader pushes") {
                try await Skopeo.copy(image.reference, target + "2", ["--dest-creds", "reader:\(Self.password)"])
            }
            await #expect(throws: ToolFailed.self, "another repository") {
                let other = "docker://\(server.address)/other/app:1"
                try await Skopeo.copy(image.reference, other, ["--dest-creds", "builder:\(Self.password)"])
            }
            let challenge = try await server.client.send("GET", "/v2/team/app/tags/list")
            #expect(challenge.status == 401)
            let words = challenge["www-authenticate"] ?? ""
            #expect(words.hasPrefix("Bearer realm=\"http://127.0.0.1:"))
            #expect(words.contains(#"service="registry""#) && words.contains(#"scope="repository:team/app:pull""#))
            #expect(await server.terminate() == .code(0))
            let log = try server.log()
            #expect(log.contains { $0["user"]?.string == "builder" && $0["status"]?.int == 201 })
            #expect(!log.contains { "\($0)".contains(Self.password) || "\($0)".contains("eyJ") })
        }
    }

    @Test("Tokens that somebody else signed are worth nothing, and the log says why")
    func untrusted() async throws {
        let image = try await ImageFolder.make(layers: [1])
        try await withServer(trusting: false) { server in
            await #expect(throws: ToolFailed.self) {
                let target = "docker://\(server.address)/team/app:1"
                try await Skopeo.copy(image.reference, target, ["--dest-creds", "builder:\(Self.password)"])
            }
            #expect(await server.terminate() == .code(0))
            let reasons = try server.log().compactMap { $0["auth_reason"]?.string }
            #expect(reasons.contains { $0 != "no_credentials" }, "\(reasons)")
        }
    }
}
