//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// Who is woken at night types what stands there, and has no time to find out that it never worked.
@Suite("Commands in runbooks", .timeLimit(.minutes(5)))
struct DocumentedCommandTests {
    @Test("Where jq reads the journal, it gets the server's own entries alone")
    func journal() throws {
        let commands = try DocumentedCommand.all().filter { $0.text.contains("journalctl") && $0.text.contains("jq") }
        #expect(commands.count >= 30)
        for command in commands {
            #expect(command.text.contains("--namespace=plimsoll -o cat LOG_SCHEMA=1 "), "\(command)")
        }
    }

    /// systemd refuses a socket whose service is active, and starts those of one command in the right order.
    @Test("Sockets are started together with the service, and never while it runs")
    func sockets() throws {
        var count = 0
        for command in try DocumentedCommand.all() {
            for match in command.text.matches(of: /systemctl (start|restart|enable --now) ([^;#]*)/) {
                guard match.2.contains(".socket") else { continue }
                count += 1
                #expect(match.1 == "start" && match.2.contains("plimsoll.service"), "\(command)")
            }
        }
        #expect(count >= 3)
    }

    @Test("Each program of jq works on the lines of the log, and asks for what may be in them")
    func filters() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array(try lines().joined(separator: "\n").utf8), to: "log")
        let (names, events) = try vocabulary()
        var count = 0
        for command in try DocumentedCommand.all() {
            guard let (options, program) = command.filter else { continue }
            count += 1
            guard command.readsLog else {
                // 3: it is no program.
                let result = try await Tool.run("jq", ["-n", program])
                #expect(result.status != .code(3), "\(command): \(result)")
                continue
            }
            let result = try await Tool.run("jq", options + [program, folder.path + "/log"])
            #expect(result.succeeded, "\(command): \(result)")
            for name in program.matches(of: /\.([a-z][a-z_]+)/).map({ String($0.1) }) {
                #expect(names.contains(name), "\(command): .\(name)")
            }
            for event in program.matches(of: /\.event ?== ?"(\w+)"/).map({ String($0.1) }) {
                #expect(events.contains(event), "\(command): \(event)")
            }
        }
        #expect(count >= 30)
    }

    /// Lines of the log, of requests of every kind and of an event.
    private func lines() throws -> [String] {
        let path = ProjectFolder.path + "/Tests/ContractTests/Golden/log.txt"
        let requests = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n# ").map { part in
            let members = part.split(separator: "\n").dropFirst().map { line in
                let (name, value) = (line.prefix { $0 != ":" }, line.drop { $0 != ":" }.dropFirst(2))
                return "\"\(name)\": \(value == "<text>" ? "\"x\"" : value == "<number>" ? "1" : value)"
            }
            return "{\(members.joined(separator: ", "))}"
        }
        return requests + [#"{"ts": "x", "level": "error", "kind": "event", "event": "server_started", "msg": "x"}"#]
    }

    /// The members that a line may have, and the names of events, as the schema has them.
    private func vocabulary() throws -> (names: Set<String>, events: Set<String>) {
        let path = ProjectFolder.path + "/docs/log.schema.json"
        let schema = try JSONValue(text: try String(contentsOfFile: path, encoding: .utf8))
        var names: Set<String> = []
        func gather(_ value: JSONValue) {
            guard case .object(let members) = value else { return value.array.forEach(gather) }
            if case .object(let properties)? = members["properties"] { names.formUnion(properties.keys) }
            members.values.forEach(gather)
        }
        gather(schema)
        guard case .object(let definitions)? = schema["$defs"] else { return (names, []) }
        return (names, Set(definitions.keys))
    }

    @Test("What is asked of the side port is answered in that form")
    func sidePort() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            for command in try DocumentedCommand.all() where command.text.contains("curl -s http://127.0.0.1:5001/") {
                guard let filter = command.filter else { continue }
                let port = "\(server.sidePort)"
                let here = command.text.replacing(":5001/", with: ":\(port)/")
                let result = try await Tool.run("bash", ["-o", "pipefail", "-c", here])
                #expect(result.succeeded && result.output.contains("registry_"), "\(filter): \(result)")
            }
        }
    }

    @Test("The program takes each of its command lines")
    func commandLines() async throws {
        let folder = try TemporaryFolder()
        let yaml = """
            version: 0.1
            storage: {filesystem: {rootdirectory: "\(folder.path)/root"}}
            http: {addr: "127.0.0.1:0", control: {socket: "\(folder.path)/control.sock"}}
            """
        try folder.write(Array(yaml.utf8), to: "config.yml")
        // No server of this machine is asked.
        let environment = ["RUNTIME_DIRECTORY": folder.path, "XDG_RUNTIME_DIR": folder.path]
        var count = 0
        for command in try DocumentedCommand.all() {
            for line in commandLines(of: command, folder) {
                count += 1
                let result = try await Tool.run(try ProjectFolder.binary(), line, environment: environment)
                // 64: it is not the way to call it.
                #expect(result.status != .code(64), "\(command): \(result)")
                #expect(!result.errors.contains("configuration path unspecified"), "\(command): \(result)")
            }
        }
        #expect(count >= 50)
    }

    /// The arguments that a command has for the program, as somebody would fill them in.
    private func commandLines(of command: DocumentedCommand, _ folder: TemporaryFolder) -> [[String]] {
        let filled = command.text.replacing(/(\w)\|(\w+)/) { String($0.1) }.replacing(/[\[\]]/, with: "")
            .replacing("/etc/plimsoll/config.yml", with: folder.path + "/config.yml")
            .replacing("FOLDER", with: folder.path + "/new").replacing("LEVEL", with: "debug")
            .replacing(/[ ]#.*/, with: "")
        let programs = filled.split(separator: /[|;>]|&&/).map { $0.split(separator: " ").map(String.init) }
        return programs.compactMap { words in
            let words = words.first == "sudo" ? Array(words.dropFirst()) : words
            guard words.first == "plimsoll", words.count > 1, words[1] != "serve",
                !words.contains(where: { $0.contains("…") })
            else { return nil }
            let arguments = Array(words.dropFirst()).map { $0.trimmingCharacters(in: ["'"]) }
            // A mere name is to be that of a command.
            let isName = !command.isBlock && arguments.allSatisfy { $0.wholeMatch(of: /[a-z][a-z-]*/) != nil }
            return isName ? arguments + ["--help"] : arguments
        }
    }
}
