//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

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
            http: {addr: "127.0.0.1:0", control: {socket: "\(socket)"}, debug: {addr: "127.0.0.1:0"}, \(http)}
            \(sections)
            """
        try folder.write(Array(yaml.utf8), to: "config.yml")
    }

    private struct Server {
        let process: ChildProcess
        let port: Int
        let client: WireClient
        let reload: () async throws -> JSONValue
    }

    private func with(_ body: (Server) async throws -> Void) async throws {
        let process = try ChildProcess(try ProjectFolder.binary(), ["serve", folder.path + "/config.yml"])
        let result: Result<Void, any Error>
        do {
            let line = await process.output.line { $0.contains("\"event\":\"server_started\"") }
            let started = try JSONValue(text: try #require(line))
            let port = try #require(started["address"]?.string?.split(separator: ":").last.flatMap { Int($0) })
            let server = Server(process: process, port: port, client: WireClient(port: port)) {
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
                http: "secret: two, headers: {X-Site: [bremen]}, http2: {disabled: true}",
                "catalog: {maxentries: 7}"
            )
            let answer = try await server.reload()
            #expect(
                answer["applied"]?.array.compactMap(\.string) == [
                    "catalog.maxentries", "http.headers.X-Site.0", "http.secret", "log.level", "storage.delete.enabled",
                    "storage.maintenance.readonly.enabled",
                ]
            )
            #expect(answer["needs_restart"]?.array.compactMap(\.string) == ["http.http2.disabled"])
            let base = try await server.client.get("/v2/")
            #expect(base["x-site"] == "bremen")
            #expect(try await server.client.send("POST", "/v2/a/blobs/uploads/", body: []).status == 405)

            let again = try await server.reload()
            #expect(again["applied"]?.array.isEmpty == true)
            #expect(again["needs_restart"]?.array.compactMap(\.string) == ["http.http2.disabled"])

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
