//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

/// Users who are known by the certificates of their clients, in the log and to `plimsoll auth explain`.
@Suite("Clients with certificates", .timeLimit(.minutes(5)))
struct CertificateAccessTests {
    private let authority: TestAuthority
    private let folder: TemporaryFolder

    init() async throws {
        authority = try await TestAuthority()
        folder = try TemporaryFolder()
    }

    private static let rules = """
        auth:
          none: {}
          policy:
            rules:
              - {effect: allow, users: [builder], repositories: ['team/**'], actions: [pull, push, delete]}
              - {effect: allow, users: [reader], repositories: ['team/*'], actions: [pull]}
        """

    private func tls(_ server: TestAuthority.Identity, _ mode: String = "verify-client-cert-if-given") -> String {
        """
        tls: {certificate: '\(server.certificate)', key: '\(server.key)', clientcas: ['\(authority.certificate)'], \
        clientauth: \(mode)}
        """
    }

    private func withServer(_ body: (ServerProcess) async throws -> Void) async throws {
        let identity = try await authority.issue("server")
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.http = tls(identity)
                setup.sections = Self.rules
            },
            body
        )
    }

    /// Asks by curl.
    /// - Returns: the status, and the line that the request left.
    private func ask(
        _ server: ServerProcess,
        _ identity: TestAuthority.Identity?,
        _ method: String,
        _ path: String
    ) async throws -> (status: Int?, line: JSONValue) {
        let shown = identity.map { ["--cert", $0.certificate, "--key", $0.key] } ?? []
        let agent = "probe-\(UInt32.random(in: .min ... .max))"
        let output = try await Tool.output(
            "curl",
            ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority.certificate, "-A", agent]
                + shown + ["-X", method, "https://127.0.0.1:\(server.port)\(path)"]
        )
        let line = try #require(await server.process.output.line { $0.contains(agent) })
        return (Int(output), try JSONValue(text: line))
    }

    @Test("What somebody pulls, writes, removes and is denied has the name in the certificate, also for auditors")
    func lines() async throws {
        let (builder, reader) = (try await authority.issue("builder"), try await authority.issue("reader"))
        try await withServer { server in
            let cases: [(TestAuthority.Identity?, String, String, Int, String?, String, String?)] = [
                (reader, "GET", "/v2/team/app/tags/list", 404, "reader", "allowed", nil),
                (builder, "POST", "/v2/team/app/blobs/uploads/", 202, "builder", "allowed", nil),
                (builder, "DELETE", "/v2/team/app/manifests/1", 404, "builder", "allowed", nil),
                (reader, "POST", "/v2/team/app/blobs/uploads/", 403, "reader", "denied", "denied"),
                (builder, "GET", "/v2/other/app/tags/list", 403, "builder", "denied", "denied"),
                (nil, "GET", "/v2/team/app/tags/list", 403, nil, "denied", "denied"),
            ]
            for (identity, method, path, status, user, result, audit) in cases {
                let (answer, line) = try await ask(server, identity, method, path)
                let what = "\(method) \(path) by \(user ?? "nobody")"
                #expect(answer == status, "\(what)")
                #expect(line["user"]?.string == user, "\(what)")
                #expect(line["auth_result"]?.string == result, "\(what): \(line)")
                if let audit { #expect(line["audit"]?.string == audit, "\(what): \(line)") }
                if result == "denied" { #expect(line["auth_reason"]?.string?.isEmpty == false, "\(what)") }
            }
            // A write that is done is an auditor's matter too.
            let digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
            let output = try await Tool.output(
                "curl",
                [
                    "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority.certificate, "-A", "writer",
                    "--cert", builder.certificate, "--key", builder.key, "-H", "Content-Type: application/octet-stream",
                    "-X", "POST", "--data-binary", "{}",
                    "https://127.0.0.1:\(server.port)/v2/team/app/blobs/uploads/?digest=\(digest)",
                ]
            )
            #expect(output == "201")
            let line = try #require(await server.process.output.line { $0.contains("\"writer\"") })
            let written = try JSONValue(text: line)
            #expect(written["user"]?.string == "builder" && written["audit"]?.string == "written", "\(written)")
        }
    }

    @Test("auth explain says of a certificate what the server then does")
    func explanation() async throws {
        let server = try await authority.issue("server")
        let stranger = try await TestAuthority().issue("builder")
        let (builder, reader) = (try await authority.issue("builder"), try await authority.issue("reader"))
        func explain(
            _ identity: TestAuthority.Identity,
            _ action: String,
            _ repository: String,
            _ mode: String = "verify-client-cert-if-given"
        ) async throws -> Tool.Result {
            let yaml = """
                version: 0.1
                storage: {inmemory: {}}
                http: {addr: "127.0.0.1:0", \(tls(server, mode))}
                \(Self.rules)
                """
            try folder.write(Array(yaml.utf8), to: "config.yml")
            let arguments = [
                "auth", "explain", "--config", folder.path + "/config.yml", "--certificate", identity.certificate,
                "--action", action, "--repository", repository,
            ]
            return try await Tool.run(try ProjectFolder.binary(), arguments)
        }
        let allowed = try await explain(builder, "push", "team/app")
        #expect(allowed.succeeded && allowed.output.hasPrefix("allowed\n"), "\(allowed)")
        #expect(allowed.output.contains("the certificate is builder's"))
        for (identity, action, repository) in [(reader, "push", "team/app"), (builder, "pull", "other/app")] {
            let denied = try await explain(identity, action, repository)
            #expect(denied.status == .code(1) && denied.output.hasPrefix("denied\n"), "\(denied)")
        }
        let other = try await explain(stranger, "pull", "team/app")
        #expect(other.status == .code(1) && other.output.contains("no connection is made"), "\(other)")
        let unverified = try await explain(builder, "pull", "team/app", "require-any-client-cert")
        #expect(unverified.status == .code(1) && unverified.output.contains("not verified"), "\(unverified)")
    }
}
