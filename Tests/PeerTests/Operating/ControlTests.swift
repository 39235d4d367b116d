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

@Suite("plimsoll ctl", .timeLimit(.minutes(5)))
struct ControlTests {
    private let folder: TemporaryFolder
    private let socket: String

    init() throws {
        folder = try TemporaryFolder()
        socket = folder.path + "/control.sock"
    }

    private func with(_ body: (ServerProcess) async throws -> Void) async throws {
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.http = "control: {socket: \"\(socket)\"}"
                setup.log =
                    "sinks: {stdout: {enabled: true}, file: {path: \"\(folder.path)/log.jsonl\", kinds: [audit]}}"
            },
            body
        )
    }

    private func ctl(_ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["ctl"] + arguments + ["--socket", socket])
    }

    private func json(_ arguments: String...) async throws -> JSONValue {
        try JSONValue(
            text: try await Tool.output(
                try ProjectFolder.binary(),
                ["ctl"] + arguments + ["--json", "--socket", socket]
            )
        )
    }

    @Test("The socket is its owner's only, and goes with the server")
    func file() async throws {
        try await with { server in
            var facts = stat()
            let result = stat(socket, &facts)
            #expect(result == 0 && facts.st_mode == S_IFSOCK | 0o600)
            let started = try await server.event("control_started")
            #expect(started?["path"]?.string == socket)
            #expect(await server.terminate() == .code(0))
            #expect(access(socket, F_OK) != 0)
        }
    }

    @Test("A socket that a killed server left is replaced; that of one that runs is not")
    func stale() async throws {
        try await with { server in
            await server.kill()
            #expect(access(socket, F_OK) == 0)
            try await server.restart()
            let config = folder.path + "/other.yml"
            let yaml = """
                {version: 0.1, storage: {inmemory: {}}, http: {addr: "127.0.0.1:0", control: {socket: "\(socket)"}}}
                """
            try folder.write(Array(yaml.utf8), to: "other.yml")
            let second = try await Tool.run(try ProjectFolder.binary(), ["serve", config])
            #expect(second.status == .code(1))
            #expect(
                second.errors
                    == "configuration error: http.control.socket: \(socket): another server listens there\n"
            )
            #expect(try await json("status")["state"]?.string == "serving")
        }
    }

    @Test("status tells how the server is, for people and as JSON")
    func status() async throws {
        try await with { server in
            let status = try await json("status")
            #expect(status["pid"] == .number(Double(server.process.pid)))
            #expect(status["addresses"]?.array.contains(.string(server.address)) == true)
            #expect(status["read_only"] == .bool(false))
            let text = try await ctl("status")
            #expect(text.succeeded && text.output.hasPrefix("state          serving\n"), "\(text)")
            #expect(text.output.contains(server.address))
        }
    }

    @Test("read-only refuses changes until it is off, stands in the audit log, and SIGUSR2 does the same")
    func readOnly() async throws {
        try await with { server in
            let on = try await ctl("read-only", "on", "--wait", "60s")
            #expect(on.succeeded && on.output == "the registry is now read-only; 0 changes are under way\n", "\(on)")
            #expect(try await server.client.send("POST", "/v2/a/blobs/uploads/", body: []).status == 405)
            let page = try await WireClient(port: server.sidePort).get("/metrics").text
            #expect(page.contains("registry_read_only 1\n"))
            #expect(try await ctl("read-only", "off").output == "the registry takes changes again\n")
            #expect(try await server.client.send("POST", "/v2/a/blobs/uploads/", body: []).status == 202)

            server.process.send(SIGUSR2)
            try await eventually { try await json("status")["read_only"] == .bool(true) }
            #expect(await server.terminate() == .code(0))
            let audit = String(decoding: try folder.files()["log.jsonl"] ?? [], as: UTF8.self)
            let lines = try audit.split(separator: "\n").map { try JSONValue(text: String($0)) }
            let command = try #require(lines.first { $0["event"]?.string == "control_command" })
            #expect(command["command"]?.string == "read-only" && command["parameters"]?.string == "state=on")
            #expect(command["caller_uid"] == .number(Double(geteuid())))
            #expect(command["caller_pid"] != nil)
            let sources = lines.filter { $0["event"]?.string == "read_only_entered" }.compactMap { $0["by"]?.string }
            #expect(sources.count == 2 && sources.first?.hasPrefix("uid \(geteuid()), pid ") == true)
            #expect(sources.last == "SIGUSR2")
        }
    }

    @Test("log-level goes back by itself")
    func logLevel() async throws {
        try await with { server in
            let changed = try await json("log-level", "debug", "--for", "1s")
            #expect(changed["level"]?.string == "debug" && changed["configured"]?.string == "info")
            try await eventually { try await json("status")["log_level"]?["level"]?.string == "info" }
            _ = await server.process.output.line { $0.contains("log_level_changed") && $0.contains("\"by\":\"time\"") }
            let changes = try server.log().filter { $0["event"]?.string == "log_level_changed" }
            #expect(changes.map { $0["threshold"]?.string } == ["debug", "configured"])
            #expect(changes.last?["by"]?.string == "time")

            #expect(try await ctl("log-level", "error").output == "error (configured: info)\n")
            #expect(try await ctl("log-level", "configured").output == "info\n")
            #expect(try await ctl("log-level", "loud").status == .code(64))
            #expect(try await ctl("log-level", "configured", "--for", "1s").status == .code(64))
        }
    }

    @Test("purge lists old uploads and removes them, and not in read-only mode")
    func purge() async throws {
        let upload = "root/docker/registry/v2/repositories/team/app/_uploads/old"
        try folder.write(Array("2020-01-02T03:04:05Z".utf8), to: "\(upload)/startedat")
        try folder.write([1, 2, 3], to: "\(upload)/data")
        try await with { server in
            let dry = try await json("purge", "--dry-run")
            #expect(dry["purged"] == .number(1) && dry["bytes"] == .number(3))
            #expect(dry["uploads"]?.array.first?["repository"]?.string == "team/app")
            #expect(try await ctl("read-only", "on").succeeded)
            let refused = try await ctl("purge")
            #expect(refused.status == .code(1) && refused.errors.hasPrefix("error: the registry is read-only;"))
            #expect(try await ctl("read-only", "off").succeeded)
            let real = try await ctl("purge", "--older-than", "24h")
            #expect(real.succeeded && real.output.contains("team/app"), "\(real)")
            #expect(access(folder.path + "/" + upload, F_OK) != 0)
            let wrong = try await ctl("purge", "--older-than", "soon")
            #expect(wrong.status == .code(1) && wrong.errors.contains("must be a duration such as 10m"))
            let failed = try await server.event("control_command_failed")
            #expect(failed?["command"]?.string == "purge")
        }
    }

    @Test("rotate rotates the log file, and drain waits for what is under way")
    func rotateAndDrain() async throws {
        try await with { server in
            #expect(try await ctl("read-only", "off").succeeded)
            #expect(try await ctl("rotate").succeeded)
            let rotated = try await server.event("log_rotated")
            #expect(rotated != nil)
            let location = try await server.client.beginUpload(in: "a/b")
            try await WireConnection.with(port: server.port) { upload in
                let target = WireClient.path(of: location)
                try await upload.send("PATCH \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1")
                try await eventually { try await json("status")["changes"] == .number(1) }
                let answer = try await json("drain")
                #expect(answer["requests"] == .number(1) && answer["timeout_s"] == .number(30))
                try await eventually { try await json("status")["state"]?.string == "draining" }
                try await upload.send("2")
                #expect(try await upload.response().status == 202)
            }
            #expect(await server.process.exit() == .code(0))
        }
    }

    @Test("Other users are kept away by the file, and by the kernel's word where its permissions were changed")
    func strangers() async throws {
        try await with { server in
            func ask() async throws -> Tool.Result {
                let curl = ["curl", "-sS", "--unix-socket", socket, "http://plimsoll/v1/status"]
                return try await Tool.run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups"] + curl)
            }
            #expect(try await ask().status == .code(7))
            let change = chmod(socket, 0o666)
            #expect(change == 0)
            let answer = try JSONValue(text: try await ask().output)
            #expect(answer["error"]?["code"]?.string == "not_permitted")
            #expect(server.process.output.lines.count { $0.contains("control_command") } == 0)
        }
    }

    @Test("The socket is found by the configuration, and in the unit's folder where that says nothing")
    func places() async throws {
        let run = folder.path + "/run"
        let yaml = "{version: 0.1, storage: {inmemory: {}}, http: {addr: \"127.0.0.1:0\"}}\n"
        try folder.write(Array(yaml.utf8), to: "config.yml")
        try folder.write([], to: "run/keep")
        let config = folder.path + "/config.yml"
        let variables = ["RUNTIME_DIRECTORY": run]
        let process = try ChildProcess(try ProjectFolder.binary(), ["serve", config], environment: variables)
        let line = await process.output.line { $0.contains("\"event\":\"control_started\"") }
        #expect(line?.contains("\(run)/control.sock") == true)
        func reload(_ environment: [String: String]) async throws -> Tool.Result {
            try await Tool.run(
                try ProjectFolder.binary(),
                ["ctl", "reload", "--config", config],
                environment: environment
            )
        }
        #expect(try await reload(variables).output == "nothing has changed\n")
        // The server tells what is wrong, and its log.
        try folder.write(Array("version: 7\n".utf8), to: "config.yml")
        let refused = try await reload(variables)
        #expect(refused.status == .code(1) && refused.errors.contains("needs exactly one driver"), "\(refused)")
        let failed = await process.output.line { $0.contains("\"event\":\"reload_failed\"") }
        #expect(failed != nil)
        process.send(SIGTERM)
        #expect(await process.exit() == .code(0))
        let none = try await reload(variables)
        #expect(none.status == .code(2) && none.errors.contains("needs exactly one driver"), "\(none)")
    }

    @Test("A mistake in the configuration leads to no other server")
    func mistaken() async throws {
        func ctl(_ yaml: String, _ variables: [String: String]) async throws -> Tool.Result {
            try folder.write(Array(yaml.utf8), to: "mistaken.yml")
            let arguments = ["ctl", "status", "--json", "--config", folder.path + "/mistaken.yml"]
            return try await Tool.run(try ProjectFolder.binary(), arguments, environment: variables)
        }
        let run = folder.path + "/run"
        try folder.write([], to: "run/plimsoll/keep")
        let yaml = "{version: 0.1, storage: {inmemory: {}}, http: {addr: \"127.0.0.1:0\"}}\n"
        try folder.write(Array(yaml.utf8), to: "other.yml")
        let other = try ChildProcess(
            try ProjectFolder.binary(),
            ["serve", folder.path + "/other.yml"],
            environment: ["RUNTIME_DIRECTORY": run + "/plimsoll"]
        )
        defer { other.send(SIGKILL) }
        #expect(await other.output.line { $0.contains("\"event\":\"control_started\"") } != nil)
        try await with { server in
            // Where a server is found that nobody has configured: the other one.
            let standard = ["XDG_RUNTIME_DIR": run]
            let named = try await ctl("http: {adr: x, control: {socket: \"\(socket)\"}}\n", standard)
            #expect(try JSONValue(text: named.output)["pid"]?.int == Int(server.process.pid), "\(named)")
            for yaml in ["http: {contrl: {socket: \"\(socket)\"}}\n", "http: {control: {socket: \"\(socket)\n"] {
                let refused = try await ctl(yaml, standard)
                #expect(refused.status == .code(2) && refused.output == "", "\(refused)")
                #expect(refused.errors.contains("mistaken.yml:"), "\(refused)")
            }
            // As for `systemctl reload`: the unit's own server tells what is wrong.
            let own = try await ctl("http: {adr: x}\n", ["RUNTIME_DIRECTORY": run + "/plimsoll"])
            #expect(try JSONValue(text: own.output)["pid"]?.int == Int(other.pid), "\(own)")
        }
    }

    @Test("Who reaches no server is told why, and what to do")
    func unreachable() async throws {
        let none = try await ctl("status")
        #expect(none.status == .code(2) && none.errors.contains("no server is there\nIs it running?"), "\(none)")
        try folder.write([], to: "control.sock")
        let refused = try await ctl("status")
        #expect(refused.status == .code(2) && refused.errors.contains("nobody listens there"), "\(refused)")
    }

    @Test("curl can ask as well, and is told what is wrong with its question")
    func protocolErrors() async throws {
        try await with { _ in
            func ask(_ path: String, _ options: String...) async throws -> JSONValue {
                let arguments = ["-sS", "--unix-socket", socket] + options + ["http://plimsoll\(path)"]
                return try JSONValue(text: try await Tool.output("curl", arguments))
            }
            let introduction = try await ask("/")
            #expect(introduction["protocol"] == .number(1))
            #expect(introduction["commands"]?.array.contains(.string("read-only")) == true)
            for (path, code) in [
                ("/v1/nothing", "unknown_command"), ("/v2/status", "unknown_command"), ("/v1/reload", "wrong_method"),
                ("/v1/status?verbose=1", "invalid_parameter"),
            ] {
                #expect(try await ask(path)["error"]?["code"]?.string == code, "\(path)")
            }
            let answer = try await ask("/v1/read-only?state=maybe", "-X", "POST")
            #expect(answer["error"]?["message"]?.string == "state must be on or off")
        }
    }
}
