//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Reloading the configuration", .timeLimit(.minutes(5)))
struct ReloadTests {
    private let folder: TemporaryFolder
    private let socket: String

    init() throws {
        folder = try TemporaryFolder()
        socket = folder.path + "/control.sock"
    }

    /// A configuration with other keys than that of the start.
    private func write(
        _ log: String = "",
        storage: String = "",
        http: String = "",
        _ sections: String = ""
    ) throws {
        let yaml = """
            version: 0.1
            log: {\(log)}
            storage: {filesystem: {rootdirectory: "\(folder.path)/root"}, \(storage)}
            http: {addr: "127.0.0.1:0", control: {socket: "\(socket)"}, debug: {addr: "127.0.0.1:0", prometheus: {enabled: true}}, \(http)}
            \(sections)
            """
        try folder.write(Array(yaml.utf8), to: "config.yml")
    }

    private struct Server {
        let process: ChildProcess
        let port: Int
        let client: WireClient
        /// Of metrics.
        let side: WireClient
        let reload: () async throws -> JSONValue
    }

    private func with(_ body: (Server) async throws -> Void) async throws {
        let process = try ChildProcess.server(in: folder)
        let result: Result<Void, any Error>
        do {
            let line = await process.output.line { $0.contains("\"event\":\"server_started\"") }
            let started = try JSONValue(text: try #require(line))
            let port = try #require(started["address"]?.string?.split(separator: ":").last.flatMap { Int($0) })
            let sideLine = await process.output.line { $0.contains("\"event\":\"side_port_started\"") }
            let sideAddress = try JSONValue(text: try #require(sideLine))["address"]?.string
            let sidePort = try #require(sideAddress?.split(separator: ":").last.flatMap { Int($0) })
            let (client, side) = (WireClient(port: port), WireClient(port: sidePort))
            let server = Server(process: process, port: port, client: client, side: side) {
                let arguments = ["ctl", "reload", "--json", "--socket", socket]
                return try JSONValue(text: try await Tool.output(try ProjectFolder.binary(), arguments))
            }
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        process.send(SIGTERM)
        _ = await process.exit()
        try result.get()
    }

    @Test("What can be is in force at once, and what needs a restart is listed, each time until it is done")
    func changes() async throws {
        try write(http: "secret: one")
        try await with { server in
            try write(
                "level: warn",
                storage: "delete: {enabled: true}, maintenance: {readonly: {enabled: true}}",
                http: "secret: two, headers: {X-Site: [bremen]}, h2c: {enabled: true}",
                "catalog: {maxentries: 7}"
            )
            let answer = try await server.reload()
            #expect(
                answer["applied"]?.array.compactMap(\.string) == [
                    "catalog.maxentries", "http.headers.X-Site.0", "http.secret", "log.level", "storage.delete.enabled",
                    "storage.maintenance.readonly.enabled",
                ]
            )
            #expect(answer["needs_restart"]?.array.compactMap(\.string) == ["http.h2c.enabled"])
            let base = try await server.client.get("/v2/")
            #expect(base["x-site"] == "bremen")
            #expect(try await server.client.send("POST", "/v2/a/blobs/uploads/", body: []).status == 405)

            let again = try await server.reload()
            #expect(again["applied"]?.array.isEmpty == true)
            #expect(again["needs_restart"]?.array.compactMap(\.string) == ["http.h2c.enabled"])

            // What a command says holds on until the configuration says something else.
            try await Tool.output(
                try ProjectFolder.binary(),
                ["ctl", "read-only", "off", "--socket", socket]
            )
            _ = try await server.reload()
            #expect(try await server.client.send("POST", "/v2/a/blobs/uploads/", body: []).status == 202)
            try write(http: "secret: one")
            server.process.send(SIGHUP)
            try await eventually { try await server.client.get("/v2/")["x-site"] == nil }
            let line = await server.process.output.line {
                $0.contains("\"event\":\"reloaded\"") && $0.contains("\"by\":\"SIGHUP\"")
            }
            let event = try JSONValue(text: try #require(line))
            #expect(event["applied"]?.string?.contains("http.headers.X-Site.0") == true)
            #expect(!server.process.output.lines.contains { $0.contains("\"one\"") || $0.contains("\"two\"") })
        }
    }

    @Test("Users, keys and rules come and go")
    func access() async throws {
        try write()
        try await with { server in
            #expect(try await server.client.get("/v2/").status == 200)
            let users = folder.path + "/users"
            try write(http: "", "auth: {htpasswd: {realm: here, path: \"\(users)\"}}")
            // The file is not there: nothing changes, and all that is wrong is told.
            let refused = try await Tool.run(try ProjectFolder.binary(), ["ctl", "reload", "--socket", socket])
            #expect(refused.status == .code(1) && refused.errors.contains("auth.htpasswd.path: \(users)"), "\(refused)")
            #expect(try await server.client.get("/v2/").status == 200)
            // Of "secret", with the lowest cost.
            try folder.write(
                Array("alice:$2y$04$abcdefghijklmnopqrstuuKIVJJrpXWCVQuE1mGqVVfCz0MiWk4TG\n".utf8),
                to: "users"
            )
            let answer = try await server.reload()
            #expect(answer["applied"]?.array.compactMap(\.string).contains("auth.htpasswd.path") == true)
            let challenged = try await server.client.get("/v2/")
            #expect(challenged.status == 401)
            #expect(challenged["www-authenticate"] == "Basic realm=\"here\"")
            // The new file is looked after from now on.
            try folder.write(Array("bob:plain\n".utf8), to: "users")
            let ignored = await server.process.output.line { $0.contains("\"event\":\"auth_entry_ignored\"") }
            #expect(ignored?.contains("users") == true)
            try write()
            _ = try await server.reload()
            #expect(try await server.client.get("/v2/").status == 200)
        }
    }

    @Test("A configuration that is no good changes nothing, and every problem is told, also to the log")
    func refused() async throws {
        try write(http: "headers: {X-Site: [bremen]}")
        try await with { server in
            let metrics = try MetricSamples(text: try await server.side.get("/metrics").text)
            #expect(metrics.sum("registry_config_last_reload_successful") == 1)
            try write("level: loud", http: "adr: x", "catalog: {maxentries: -1}")
            let refused = try await Tool.run(try ProjectFolder.binary(), ["ctl", "reload", "--socket", socket])
            #expect(refused.status == .code(1))
            for key in ["log.level", "http.adr", "catalog.maxentries"] {
                #expect(refused.errors.contains(key), "\(refused)")
            }
            #expect(try await server.client.get("/v2/")["x-site"] == "bremen")
            let line = await server.process.output.line { $0.contains("\"event\":\"reload_failed\"") }
            let event = try JSONValue(text: try #require(line))
            let problems = try #require(event["problems"]?.string)
            #expect(problems.split(separator: "\n").count == 3, "\(problems)")
            try write("fields: {status: x}")
            let reserved = try await Tool.run(try ProjectFolder.binary(), ["ctl", "reload", "--socket", socket])
            #expect(reserved.status == .code(1) && reserved.errors.contains("log.fields"), "\(reserved)")
            func isGood() async throws -> Double {
                try MetricSamples(text: try await server.side.get("/metrics").text)
                    .sum("registry_config_last_reload_successful")
            }
            #expect(try await isGood() == 0)
            try write()
            _ = try await server.reload()
            #expect(try await isGood() == 1)
        }
    }

    @Test("Another certificate and other versions are for new connections; TLS on or off needs a restart")
    func encryption() async throws {
        let authority = try await TestAuthority()
        let (one, other) = (try await authority.issue("one"), try await authority.issue("other"))
        func tls(_ identity: TestAuthority.Identity, _ more: String = "") -> String {
            "tls: {certificate: \"\(identity.certificate)\", key: \"\(identity.key)\"\(more)}"
        }
        try write(http: tls(one))
        try await with { server in
            let curl = ["-sS", "--cacert", authority.certificate, "https://127.0.0.1:\(server.port)/v2/"]
            #expect(try await Tool.output("curl", curl) == "{}")
            try write(http: tls(other, ", minimumtls: tls1.3"))
            let answer = try await server.reload()
            #expect(
                answer["applied"]?.array.compactMap(\.string) == [
                    "http.tls.certificate", "http.tls.key", "http.tls.minimumtls",
                ]
            )
            let line = await server.process.output.line { $0.contains("\"event\":\"certificate_reloaded\"") }
            #expect(line?.contains(other.certificate) == true)
            #expect(try await Tool.output("curl", curl) == "{}")
            let older = try await Tool.run("curl", ["--tls-max", "1.2"] + curl)
            #expect(!older.succeeded, "\(older)")
            try write()
            let without = try await server.reload()
            #expect(without["applied"]?.array.isEmpty == true)
            #expect(without["needs_restart"]?.array.contains(.string("http.tls.certificate")) == true)
            #expect(try await Tool.output("curl", curl) == "{}")
        }
    }

    @Test("Limits follow: on sizes, on rates, on connections; that of heads needs a restart")
    func limits() async throws {
        try write()
        try await with { server in
            func push() async throws -> Int {
                let body = [UInt8](repeating: 7, count: 2000)
                let target = "/v2/a/blobs/uploads/?digest=\(Digest.of(body))"
                return try await server.client.send("POST", target, body: body).status
            }
            #expect(try await push() == 201)
            try write(http: "", "limits: {maxblobsize: 1KiB, clientrate: 0.001, clientburst: 2, maxheadersize: 8KiB}")
            let answer = try await server.reload()
            #expect(
                answer["applied"]?.array.compactMap(\.string) == [
                    "limits.clientburst", "limits.clientrate", "limits.maxblobsize",
                ]
            )
            #expect(answer["needs_restart"]?.array.compactMap(\.string) == ["limits.maxheadersize"])
            #expect(try await push() == 413)
            #expect(try await push() == 413)
            #expect(try await push() == 429)
            // What the address has asked for is not forgotten by a reload that does not touch its limit.
            try write(http: "", "limits: {maxblobsize: 4KiB, clientrate: 0.001, clientburst: 2}")
            _ = try await server.reload()
            #expect(try await push() == 429)
            try write()
            _ = try await server.reload()
            #expect(try await push() == 201)
            try await WireConnection.with(port: server.port) { kept in
                try await kept.send("GET /v2/ HTTP/1.1\r\nHost: here\r\n\r\n")
                #expect(try await kept.response().status == 200)
                try write(http: "", "limits: {maxclientconnections: 1}")
                _ = try await server.reload()
                // What is there stays, and nothing comes beside it.
                await #expect(throws: (any Error).self) { try await push() }
                try await kept.send("GET /v2/ HTTP/1.1\r\nHost: here\r\n\r\n")
                #expect(try await kept.response().status == 200)
            }
        }
    }

    @Test("Tracing begins, takes another share, another file and another collector, and ends")
    func tracing() async throws {
        let traces = try TemporaryFolder()
        let (one, two) = (traces.path + "/one.jsonl", traces.path + "/two.jsonl")
        func text(_ path: String) throws -> String {
            String(decoding: try traces.files()[String(path.dropFirst(traces.path.count + 1))] ?? [], as: UTF8.self)
        }
        try write()
        try await with { server in
            func reload(_ tracing: String) async throws {
                try write(http: "", "tracing: {\(tracing)}")
                let answer = try await server.reload()
                #expect(answer["needs_restart"]?.array.isEmpty == true)
            }
            func ask(_ name: String) async throws { _ = try await server.client.get("/v2/\(name)/tags/list") }
            try await ask("before")
            try await reload("enabled: true, file: \"\(one)\", sampleratio: 1")
            try await ask("first")
            try await eventually { try text(one).contains("first") }
            try await reload("enabled: true, file: \"\(one)\", sampleratio: 0")
            try await ask("unsampled")
            try await reload("enabled: true, file: \"\(one)\", sampleratio: 1")
            try await ask("sampled")
            try await eventually { try text(one).contains("sampled") }
            let kept = try text(one)
            #expect(!kept.contains("unsampled") && !kept.contains("before"))
            try await CollectorProcess.with { collector in
                let endpoint = "endpoint: \"http://127.0.0.1:\(collector.port)\""
                try await reload("enabled: true, file: \"\(two)\", sampleratio: 1, \(endpoint)")
                try await ask("exported")
                try await eventually {
                    try collector.spans().contains { $0.text("url.path")?.contains("exported") == true }
                }
                try await eventually { try text(two).contains("exported") }
                #expect(!(try text(one).contains("exported")))
                try await reload("enabled: true, file: \"\(two)\", sampleratio: 1")
                try await ask("alone")
                try await eventually { try text(two).contains("alone") }
                #expect(try !collector.spans().contains { $0.text("url.path")?.contains("alone") == true })
            }
            try write(http: "", "tracing: {enabled: true, file: \"\(folder.path)/none/x.jsonl\"}")
            let refused = try await Tool.run(try ProjectFolder.binary(), ["ctl", "reload", "--socket", socket])
            #expect(refused.status == .code(1) && refused.errors.contains("tracing.file"), "\(refused)")
            try await reload("enabled: false")
            #expect(try await server.client.get("/v2/after/tags/list")["traceresponse"] == nil)
        }
        #expect(!(try text(two).contains("after")))
    }

    @Test("The log file is rotated, kept and filtered by other bounds; where it is needs a restart")
    func logFile() async throws {
        let logs = try TemporaryFolder()
        func rotated() throws -> [String] { try logs.files().keys.filter { $0.hasPrefix("access-") }.sorted() }
        func file(_ more: String) -> String {
            "sinks: {stdout: {enabled: true}, file: {path: \"\(logs.path)/access.log\", minfree: 0, \(more)}}"
        }
        try write(file("maxsize: 1MiB, compression: none"))
        try await with { server in
            for _ in 0..<20 { _ = try await server.client.get("/v2/") }
            try await eventually { (try logs.files()["access.log"]?.count ?? 0) > 8000 }
            #expect(try rotated().isEmpty)
            try write(file("maxsize: 4KiB, maxfiles: 2, compression: none"))
            let answer = try await server.reload()
            #expect(
                answer["applied"]?.array.compactMap(\.string) == ["log.sinks.file.maxfiles", "log.sinks.file.maxsize"]
            )
            try await eventually { try !rotated().isEmpty }
            for _ in 0..<40 { _ = try await server.client.get("/v2/") }
            try await eventually { try rotated().count == 2 }
            #expect(try rotated().allSatisfy { $0.hasSuffix(".log") })
            #expect((try logs.files()["access.log"]?.count ?? 0) <= 4096)
            try write(file("maxsize: 4KiB, maxfiles: 2, compression: gzip, level: error"))
            _ = try await server.reload()
            try await eventually { try rotated().allSatisfy { $0.hasSuffix(".gz") } }
            let last = try await server.client.get("/v2/")
            let line = await server.process.output.line { $0.contains(last["x-request-id"] ?? "-") }
            #expect(line != nil)
            try write(
                "sinks: {stdout: {enabled: true}, file: {path: \"\(logs.path)/other.log\", format: combined}}"
            )
            let pending = try await server.reload()["needs_restart"]?.array.compactMap(\.string)
            #expect(pending == ["log.sinks.file.format", "log.sinks.file.path"])
            server.process.send(SIGTERM)
            _ = await server.process.exit()
            let kept = try logs.files()["access.log"].map { String(decoding: $0, as: UTF8.self) }
            #expect(kept?.contains(last["x-request-id"] ?? "-") == false)
        }
    }

    @Test("Health checks and time limits follow")
    func health() async throws {
        try write()
        try await with { server in
            let down = folder.path + "/down"
            try folder.write([], to: "down")
            try write(http: "draintimeout: 7s", "health: {file: [{file: \"\(down)\", interval: 1s}]}")
            _ = try await server.reload()
            try await eventually { try await server.client.get("/v2/").status == 503 }
            try write(http: "draintimeout: 7s")
            _ = try await server.reload()
            #expect(try await server.client.get("/v2/").status == 200)
            let arguments = ["ctl", "drain", "--json", "--socket", socket]
            let answer = try JSONValue(text: try await Tool.output(try ProjectFolder.binary(), arguments))
            #expect(answer["timeout_s"] == .number(7))
            #expect(await server.process.exit() == .code(0))
        }
    }
}
