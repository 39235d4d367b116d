//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("The command line", .timeLimit(.minutes(5)))
struct CommandLineTests {
    private func plimsoll(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), arguments, environment: environment)
    }

    /// Runs `serve` with a configuration that must be refused.
    private func refusal(of yaml: String, _ environment: [String: String] = [:]) async throws -> Tool.Result {
        let folder = try TemporaryFolder()
        try folder.write(Array(yaml.utf8), to: "config.yml")
        let result = try await plimsoll(["serve", folder.path + "/config.yml"], environment)
        #expect(result.status == .code(1), "\(result)")
        return result
    }

    @Test("metrics --describe prints the manual, and the same as JSON")
    func describedMetrics() async throws {
        let markdown = try await plimsoll(["metrics", "--describe"])
        #expect(markdown.succeeded)
        let manual = try String(contentsOfFile: ProjectFolder.path + "/docs/metrics.md", encoding: .utf8)
        #expect(markdown.output == manual)
        let json = try await plimsoll(["metrics", "--describe", "--format", "json"])
        #expect(json.succeeded)
        let names = try JSONValue(text: json.output).array.compactMap { $0["name"]?.string }
        #expect(names.contains("registry_http_requests_total"))
        #expect(names.allSatisfy { manual.contains("| `\($0)` |") })
        #expect(try await plimsoll(["metrics"]).status == .code(64))
    }

    @Test("Without a configuration the server tells how to give one")
    func noConfiguration() async throws {
        let result = try await plimsoll(["serve"])
        #expect(result.status == .code(1))
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("configuration path unspecified"))
        #expect(result.errors.contains("plimsoll serve config.yml"))
        #expect(result.errors.contains("REGISTRY_CONFIGURATION_PATH"))
    }

    @Test("A configuration that is not there is named")
    func missingConfiguration() async throws {
        let result = try await plimsoll(["serve", "/nowhere/config.yml"])
        #expect(result.status == .code(1))
        #expect(result.output.isEmpty)
        #expect(result.errors == "configuration error: /nowhere/config.yml: No such file or directory\n")
    }

    @Test("Everything wrong with a configuration is told at once, with the lines")
    func allProblems() async throws {
        let result = try await refusal(
            of: """
                version: 0.1
                log: {level: loud}
                storage:
                  inmemory: {}
                  delete: {enabled: maybe}
                http:
                  adr: 127.0.0.1:0
                """
        )
        #expect(result.output.isEmpty)
        let lines = result.errors.split(separator: "\n")
        for (line, key) in [(2, "log.level"), (5, "storage.delete.enabled"), (7, "http.adr")] {
            #expect(lines.contains { $0.contains("config.yml:\(line): \(key)") }, "\(line): \(result.errors)")
        }
    }

    @Test("Problems in variables are told by the name of the variable")
    func problemInVariable() async throws {
        let yaml = "version: 0.1\nstorage: {inmemory: {}}\nhttp: {addr: \"127.0.0.1:0\"}\n"
        let result = try await refusal(of: yaml, ["REGISTRY_LOG_LEVEL": "loud"])
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("REGISTRY_LOG_LEVEL"))
    }

    @Test("A port in use ends the start with the port in the message")
    func portInUse() async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with(root: folder.path + "/one") { server in
            let yaml = "version: 0.1\nstorage: {inmemory: {}}\nhttp: {addr: \"\(server.address)\"}\n"
            let result = try await refusal(of: yaml)
            #expect(result.errors.contains(server.address), "\(result)")
            #expect(result.errors.lowercased().contains("address already in use"), "\(result)")
            try expectJSON(result.output)
        }
    }

    @Test("A root that cannot be written ends the start with the folder in the message")
    func rootNotWritable() async throws {
        let folder = try TemporaryFolder()
        // Not even root can make a folder below a file.
        try folder.write([], to: "file")
        let root = folder.path + "/file/registry"
        let yaml = "version: 0.1\nstorage: {filesystem: {rootdirectory: \"\(root)\"}}\nhttp: {addr: \"127.0.0.1:0\"}\n"
        let result = try await refusal(of: yaml)
        #expect(result.errors.contains(root), "\(result)")
        #expect(result.errors.contains("Not a directory"), "\(result)")
        try expectJSON(result.output)
    }

    @Test("--help names the subcommands", arguments: [["--help"], ["help"]])
    func help(arguments: [String]) async throws {
        let result = try await plimsoll(arguments)
        #expect(result.succeeded)
        #expect(result.errors.isEmpty)
        for word in ["serve", "version"] { #expect(result.output.contains(word)) }
    }

    @Test("The version is told by a subcommand and by an option")
    func version() async throws {
        let result = try await plimsoll(["version"])
        #expect(result.succeeded)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains(/[0-9]+\.[0-9]+/), "\(result)")
        #expect(try await plimsoll(["--version"]).output.contains(result.output.prefix { $0 != "\n" }))
    }

    @Test("A word that is no subcommand ends with the usage")
    func unknownSubcommand() async throws {
        let result = try await plimsoll(["sevre"])
        #expect(result.status == .code(64))
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("Usage: plimsoll"))
    }

    @Test("Variables override the file")
    func overlay() async throws {
        let folder = try TemporaryFolder()
        let root = folder.path + "/elsewhere"
        let environment = [
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": root,
            "REGISTRY_LOG_FIELDS_SERVICE": "overlaid",
        ]
        try await ServerProcess.with(root: "/nowhere/registry", { $0.environment = environment }) { server in
            try await server.client.push(Array("content".utf8), to: "overlay/test")
            #expect(FileManager.default.fileExists(atPath: root + "/docker/registry/v2/repositories/overlay/test"))
            #expect(try server.log().allSatisfy { $0["service"]?.string == "overlaid" })
        }
    }

    @Test("REGISTRY_CONFIGURATION_PATH stands for the argument")
    func pathInVariable() async throws {
        let result = try await plimsoll(["serve"], ["REGISTRY_CONFIGURATION_PATH": "/nowhere/by-variable.yml"])
        #expect(result.status == .code(1))
        #expect(result.errors.contains("/nowhere/by-variable.yml"))
    }

    @Test("Standard output is JSON lines from the first to the last, and standard error is empty")
    func jsonOnly() async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with(root: folder.path, { $0.logLevel = "debug" }) { server in
            try await server.client.pushImage(to: "some/image", reference: "latest", layers: [[1, 2, 3]])
            _ = try await server.client.send("GET", "/v2/no/manifests/no")
            #expect(await server.terminate() == .code(0))
            let (_, output, errors) = await server.process.finished()
            #expect(errors.isEmpty)
            #expect(output.hasSuffix("}\n"))
            try expectJSON(output)
            #expect(try server.log().last?["event"]?.string == "server_stopped", "\(output.suffix(1500))")
        }
    }

    private func expectJSON(_ output: String) throws {
        for line in output.split(separator: "\n") {
            guard case .object = try JSONValue(text: String(line)) else {
                Issue.record("no object: \(line)")
                continue
            }
        }
    }
}
