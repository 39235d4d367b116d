//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What clients send in confidence, and what the configuration has of it, must not reach anything that tells.
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

    @Test(
        "No header, query or state brings a secret into a span, an exemplar, a metric or the body of an error",
        arguments: ["http/protobuf", "http/json"]
    )
    func spans(encoding: String) async throws {
        let (root, folder) = (try TemporaryFolder(), try TemporaryFolder())
        try await CollectorProcess.with(mark: Self.mark) { collector in
            try await ServerProcess.with(root: root.path) {
                $0.secret = Self.secret("http-secret")
                $0.environment = collector.environment
                $0.sections = """
                    tracing: {enabled: true, sampleratio: 1, file: '\(folder.path)/traces.jsonl', protocol: \(encoding)}
                    """
            } _: { server in
                _ = try await sendSecrets(to: server) { answer in
                    // A client may be told its own parameters, and never its credentials.
                    for place in ["bearer", "proxy", "cookie", "registry-auth", "amazon", "referer", "signature"] {
                        #expect(!answer.text.contains(Self.secret(place)), "\(answer.text)")
                    }
                }
                let last = try await server.client.send("GET", "/v2/")
                _ = try await collector.trace(of: last)
                let side = WireClient(port: server.sidePort)
                for accept in ["text/plain", "application/openmetrics-text; version=1.0.0"] {
                    let metrics = try await side.get("/metrics", headers: [("Accept", accept)])
                    #expect(metrics.status == 200 && !metrics.text.contains(Self.mark))
                }
                #expect(await server.terminate() == .code(0))
                #expect(try collector.spans().count > 100)
                #expect(try collector.markedRequests() == 0)
                let id = last["traceresponse"]?.split(separator: "-").dropFirst().first ?? "-"
                let file = String(decoding: try #require(try folder.files()["traces.jsonl"]), as: UTF8.self)
                #expect(file.contains(id))
                for line in file.split(separator: "\n") where line.contains(Self.mark) { Issue.record("file: \(line)") }
            }
        }
    }

    @Test("What comes by HTTP/2 is kept as secret")
    func http2() async throws {
        let (root, folder) = (try TemporaryFolder(), try TemporaryFolder())
        try await ServerProcess.with(root: root.path) {
            $0.logLevel = "debug"
            $0.http = "h2c: {enabled: true}"
            $0.sections = "tracing: {enabled: true, sampleratio: 1, file: '\(folder.path)/traces.jsonl'}"
        } _: { server in
            let headers = Self.headers.flatMap { ["-H", "\($0.0): \($0.1)"] }
            for method in ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"] {
                for path in ["/v2/", "/v2/a/tags/list", "/v2/a/manifests/1", "/v2/a/blobs/uploads/", "/v2/A/x"] {
                    let arguments = [
                        "-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_version}", "-X", method,
                        "http://\(server.address)\(path)?token=\(Self.secret("query"))",
                    ]
                    let more = method == "HEAD" ? ["--head"] : []
                    #expect(try await Tool.output("curl", headers + more + arguments) == "2")
                }
            }
            let last = try await server.client.get("/v2/")
            _ = try await server.accessLine(of: last)
            #expect(await server.terminate() == .code(0))
            #expect(server.process.output.lines.count { $0.contains("\"kind\":\"access\"") } >= 30)
            for line in server.process.output.lines where line.contains(Self.mark) { Issue.record("output: \(line)") }
            let file = String(decoding: try #require(try folder.files()["traces.jsonl"]), as: UTF8.self)
            #expect(file.split(separator: "\n").count >= 30)
            #expect(!file.contains(Self.mark))
        }
    }

    @Test("Neither the control socket nor a command tells what the configuration or a caller keeps secret")
    func control() async throws {
        let folder = try TemporaryFolder()
        let (config, socket, users) = (
            folder.path + "/config.yml", folder.path + "/control.sock", folder.path + "/users"
        )
        func write(_ more: String) throws {
            let yaml = """
                version: 0.1
                log: {level: debug}
                storage: {filesystem: {rootdirectory: '\(folder.path)/root'}}
                auth: {htpasswd: {realm: here, path: '\(users)'}}
                http: {addr: '127.0.0.1:0', secret: \(Self.secret("http")), control: {socket: '\(socket)'}}
                tracing: {enabled: true, endpoint: 'http://127.0.0.1:1', headers: {Authorization: 'Bearer \(Self.secret("otlp"))'}}
                health: {http: [{uri: 'http://127.0.0.1:1/', interval: 1h, headers: {Authorization: ['\(Self.secret("health"))']}}]}
                \(more)
                """
            try folder.write(Array(yaml.utf8), to: "config.yml")
        }
        // Of a password, and a line in clear, as somebody may write it.
        let text = "alice:$2y$04$abcdefghijklmnopqrstuuKIVJJrpXWCVQuE1mGqVVfCz0MiWk4TG\nbob:\(Self.secret("clear"))\n"
        try folder.write(Array(text.utf8), to: "users")
        try write("")
        let binary = try ProjectFolder.binary()
        let process = try ChildProcess.server(in: folder)
        var told: [String] = []
        func run(_ program: String, _ arguments: [String]) async throws {
            let result = try await Tool.run(program, arguments)
            told.append("\(arguments.prefix(2)): \(result.output) \(result.errors)")
        }
        func ctl(_ arguments: String...) async throws {
            try await run(binary, ["ctl"] + arguments + ["--socket", socket])
        }
        let started = await process.output.line { $0.contains("\"event\":\"server_started\"") }
        #expect(started != nil)
        try await ctl("status", "--json")
        try await ctl("reload", "--json")
        try write("catalog: {maxentries: -1}")
        try await ctl("reload", "--json")
        let broken = try Self.yaml(broken: socket, Self.secret("list"))
        try folder.write(Array(broken.utf8), to: "config.yml")
        try await ctl("reload")
        try await run(binary, ["config", "check", config])
        try write("")
        try await run(binary, ["config", "print", config])
        for user in ["alice", "bob", "nobody"] {
            try await run(
                binary,
                ["auth", "explain", "--config", config, "--user", user, "--action", "pull", "--repository", "a"]
            )
        }
        // A caller that brings what nobody asked for.
        for path in ["/status", "/reload", "/nowhere", "/log-level?level=\(Self.secret("level"))"] {
            for method in ["GET", "POST"] {
                let headers = Self.headers.filter { $0.0 != "Range" }.flatMap { ["-H", "\($0.0): \($0.1)"] }
                let url = "http://control\(path)"
                try await run("curl", ["-sS", "--unix-socket", socket, "-X", method] + headers + [url])
            }
        }
        process.send(SIGTERM)
        #expect(await process.exit() == .code(0))
        #expect(told.contains { $0.contains("maxentries") } && told.contains { $0.contains("http.secret") })
        for text in told + process.output.lines where text.contains(Self.mark) { Issue.record("\(text)") }
        #expect(!(await process.errors.whole()).contains(Self.mark))
    }

    /// A configuration in which a secret stands where it does not belong.
    private static func yaml(broken socket: String, _ secret: String) throws -> String {
        """
        version: 0.1
        storage: {inmemory: {}}
        http: {addr: '127.0.0.1:0', secret: [\(secret)], control: {socket: '\(socket)'}}
        """
    }

    /// Sends secrets in every place.
    /// - Parameter each: told of every answer.
    /// - Returns: how many requests were made.
    private func sendSecrets(
        to server: ServerProcess,
        _ each: (WireResponse) -> Void = { _ in }
    ) async throws -> Int {
        let client = server.client
        var count = 0
        @discardableResult
        func send(_ method: String, _ target: String, _ body: [UInt8]? = nil) async throws -> WireResponse {
            count += 1
            // Of a request with both it is `Range` that would be told.
            let headers = body == nil ? Self.headers : Self.headers.filter { $0.0 != "Range" }
            let answer = try await client.send(method, target, headers: headers, body: body)
            each(answer)
            return answer
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
        // Where nobody looks for a query, or for a name and a password.
        for target in [
            "\(path)%3F_state=\(Self.secret("state-3"))", "/v2/a/b/manifests/1%3Ftoken=\(Self.secret("escaped"))",
            "/v2/a/b/manifests/1;token=\(Self.secret("parameter"))", "/v2/a/b/tags/list#\(Self.secret("fragment"))",
            "//user:\(Self.secret("user"))@registry/v2/", "http://user:\(Self.secret("absolute"))@registry/v2/?a=b",
        ] {
            for method in ["GET", "PATCH"] {
                count += 1
                try await WireConnection.with(port: server.port) { connection in
                    let host = "user:\(Self.secret("host"))@registry:99"
                    try await connection.send("\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                    each(try await connection.response())
                }
            }
        }
        // The state that the server gave out itself.
        let state = try #require(begun.split(separator: "?").last)
        try await send("PATCH", begun, [1])
        for line in server.process.output.lines { #expect(!line.contains(state)) }
        return count
    }
}
