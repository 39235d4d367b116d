//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// What clients send in confidence must not reach any log.
@Suite("Secrets", .timeLimit(.minutes(5)))
struct SecretTests {
    /// Stands in every secret that the test sends.
    private static let mark = "s3cr3t"

    /// A new secret each time, so that a find tells where it comes from.
    private static func secret(_ place: String) -> String { "\(mark)-\(place)" }

    /// Headers that carry credentials, or that nobody knows.
    private static let headers: [(String, String)] = [
        ("Authorization", "Bearer \(secret("bearer"))"),
        ("Proxy-Authorization", "Basic \(secret("proxy"))"),
        ("Cookie", "session=\(secret("cookie"))"),
        ("X-Registry-Auth", secret("registry-auth")),
        ("X-Amz-Security-Token", secret("amazon")),
        ("Referer", "https://user:\(secret("referer"))@example.org/?sig=\(secret("signature"))"),
        ("X-\(secret("name"))", "a"),
        ("Accept", "application/json; \(secret("accept"))"),
        ("If-None-Match", "\"\(secret("etag"))\""),
        ("traceparent", "00-\(secret("traceparent"))"),
        ("tracestate", "a=\(secret("tracestate"))"),
        ("Forwarded", "for=\(secret("forwarded"))"),
        ("Content-Type", "text/\(secret("type"))"),
        ("X-Forwarded-For", "192.0.2.1, \(secret("forwarded-for"))"),
        ("Range", "bytes=\(secret("range"))"),
        ("Content-Range", secret("content-range")),
        ("X-Request-Id", "two words \(secret("request-id"))"),
    ]

    @Test("No header, query, state or error brings a secret into a log")
    func nothingLeaks() async throws {
        let root = try TemporaryFolder()
        let folder = try TemporaryFolder()
        try await JournalProcess.with { journal in
            let journald = "journald: {enabled: true, socket: \(journal.socket)}"
            try await ServerProcess.with(root: root.path) {
                $0.secret = Self.secret("http-secret")
                $0.logLevel = "debug"
                let file = "file: {path: \(folder.path)/access.log, minfree: 0}"
                $0.log = "sinks: {stdout: {enabled: true, level: debug}, \(journald), \(file)}"
            } _: { server in
                let count = try await sendSecrets(to: server)
                let last = try await server.client.send("GET", "/v2/")
                _ = try await server.accessLine(of: last)
                let lines = try server.log().filter { $0["kind"]?.string == "access" }
                #expect(lines.count == count + 1)
                for line in server.process.output.lines where line.contains(Self.mark) {
                    Issue.record("standard output: \(line)")
                }
                #expect(await server.terminate() == .code(0))
                #expect(!(await server.process.errors.whole()).contains(Self.mark))
                let file = String(decoding: try #require(try folder.files()["access.log"]), as: UTF8.self)
                #expect(file.contains(last["x-request-id"] ?? "-"))
                for line in file.split(separator: "\n") where line.contains(Self.mark) { Issue.record("file: \(line)") }
                let entries = try await journal.output(["--output=export", "--all"])
                #expect(entries.contains(last["x-request-id"] ?? "-"))
                for line in entries.split(separator: "\n") where line.contains(Self.mark) {
                    Issue.record("journal: \(line)")
                }
            }
        }
    }

    /// Sends secrets in every place.
    /// - Returns: how many requests were made.
    private func sendSecrets(to server: ServerProcess) async throws -> Int {
        let client = server.client
        var count = 0
        @discardableResult
        func send(_ method: String, _ target: String, _ body: [UInt8]? = nil) async throws -> WireResponse {
            count += 1
            return try await client.send(method, target, headers: Self.headers, body: body)
        }
        func query(_ place: String) -> String {
            "?token=\(Self.secret("token-\(place)"))&X-Amz-Signature=\(Self.secret("signature-\(place)"))"
        }
        let unknown = Digest.of([9])
        let targets = [
            "/v2/", "/v2/_catalog", "/v2/a/b/tags/list", "/v2/a/b/manifests/1", "/v2/a/b/manifests/\(unknown)",
            "/v2/a/b/blobs/\(unknown)", "/v2/a/b/referrers/\(unknown)", "/v2/a/b/blobs/uploads/",
            "/v2/a/b/blobs/uploads/00000000-0000-4000-8000-000000000000", "/nowhere", "/v2/A/blobs/x",
        ]
        for (position, target) in targets.enumerated() {
            for method in ["GET", "HEAD", "DELETE", "PATCH", "PUT", "POST", "OPTIONS", "BREW"] {
                let body: [UInt8]? = ["PATCH", "PUT", "POST"].contains(method) ? Array(Self.secret("body").utf8) : nil
                try await send(method, target + query("\(method)-\(position)"), body)
            }
        }
        for parameters in [
            "n=\(Self.secret("n"))", "last=\(Self.secret("last"))", "n=1&last=\(Self.secret("last-2"))",
            "n=-\(Self.secret("negative"))", "artifactType=\(Self.secret("artifact"))", "%zz\(Self.secret("escape"))",
        ] {
            try await send("GET", "/v2/_catalog?\(parameters)")
            try await send("GET", "/v2/a/b/tags/list?\(parameters)")
            try await send("GET", "/v2/a/b/referrers/\(unknown)?\(parameters)")
        }
        for parameters in [
            "digest=\(Self.secret("digest"))", "digest=sha256:\(Self.secret("hexadecimal"))",
            "mount=\(Self.secret("mount"))&from=a/b", "mount=\(unknown)&from=\(Self.secret("from"))",
            "digest-algorithm=\(Self.secret("algorithm"))",
        ] {
            try await send("POST", "/v2/a/b/blobs/uploads/?\(parameters)", [1])
        }
        count += 1
        let begun = try await client.beginUpload(in: "a/b")
        let path = String(begun.prefix { $0 != "?" })
        for parameters in [
            "_state=\(Self.secret("state"))", "digest=\(Self.secret("digest-2"))",
            "_state=\(Self.secret("state-2"))&digest=\(unknown)",
        ] {
            for method in ["PATCH", "GET", "PUT"] {
                try await send(method, "\(path)?\(parameters)", method == "GET" ? nil : [1, 2])
            }
        }
        // The state that the server gave out itself.
        let state = try #require(begun.split(separator: "?").last)
        try await send("PATCH", begun, [1])
        for line in server.process.output.lines { #expect(!line.contains(state)) }
        return count
    }
}
