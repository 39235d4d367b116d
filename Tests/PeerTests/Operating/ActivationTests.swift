//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// Sockets that `systemd-socket-activate` opens and hands over at the first connection.
@Suite("Socket activation", .timeLimit(.minutes(5)))
struct ActivationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path + "/socket" }
    // It takes no port 0, and a fixed one could be taken.
    private var sidePath: String { folder.path + "/side-socket" }

    /// Starts the server through systemd-socket-activate, and connects so that it does start.
    private func start(names: String, debug: Bool = true) async throws -> ChildProcess {
        let side = debug ? ", debug: {addr: \"127.0.0.1:0\"}" : ""
        let yaml = "version: 0.1\nstorage: {inmemory: {}}\nhttp: {addr: \"127.0.0.1:0\"\(side)}\n"
        try folder.write(Array(yaml.utf8), to: "config.yml")
        let process = try ChildProcess.server(
            in: folder,
            wrapper: ["systemd-socket-activate", "-l", path, "-l", sidePath, "--fdname=\(names)"]
                // It hands on none of its variables.
                + ["--setenv=RUNTIME_DIRECTORY=\(folder.path)"]
        )
        guard await process.errors.line(where: { $0.contains("Listening on ") && $0.contains("/side-socket") }) != nil
        else {
            throw ProcessNotStarted(description: "\(await process.finished())")
        }
        return process
    }

    private func curl(_ url: String, _ options: [String] = []) async throws -> Tool.Result {
        try await Tool.run("curl", ["--silent", "--fail", "--max-time", "20"] + options + [url])
    }

    @Test("The server serves on the sockets that it is handed, and on no other")
    func activation() async throws {
        let process = try await start(names: "registry:metrics")
        let base = try await curl("http://registry/v2/", ["--unix-socket", path])
        #expect(base.succeeded, "\(base)")
        #expect(base.output == "{}")
        let main = await process.output.line { $0.contains("\"event\":\"server_started\"") }
        #expect(try JSONValue(text: try #require(main))["address"]?.string == path)
        let side = await process.output.line { $0.contains("\"event\":\"side_port_started\"") }
        #expect(try JSONValue(text: try #require(side))["address"]?.string == sidePath)
        #expect(try await curl("http://registry/readyz", ["--unix-socket", sidePath]).succeeded)
        // systemd-socket-activate has become the server.
        let sockets = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.pid)/fd/\($0)")
        }
        let listening = try String(contentsOfFile: "/proc/\(process.pid)/net/tcp", encoding: .utf8).split(
            separator: "\n"
        )
        .filter { line in
            let words = line.split(separator: " ")
            return words.count > 9 && words[3] == "0A" && sockets.contains("socket:[\(words[9])]")
        }
        #expect(listening.isEmpty, "the configured ports are not opened beside the given sockets")
        process.send(SIGTERM)
        let (status, _, errors) = await process.finished()
        #expect(status == .code(0), "\(errors)")
    }

    @Test("Sockets that the server cannot use end the start", arguments: ["registry:others", "metrics:registry"])
    func refusal(names: String) async throws {
        let process = try await start(names: names, debug: names.hasPrefix("registry"))
        _ = try await curl("http://registry/v2/", ["--unix-socket", path])
        let (status, _, errors) = await process.finished()
        #expect(status == .code(1))
        #expect(errors.contains("socket activation: "), "\(errors)")
        #expect(errors.contains(names.hasPrefix("registry") ? "others" : "http.debug.addr"), "\(errors)")
    }
}
