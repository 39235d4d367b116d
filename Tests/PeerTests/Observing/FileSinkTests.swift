//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// The log file as it is configured; `plimsoll logs verify` judges it.
@Suite("The file sink", .timeLimit(.minutes(5)))
struct FileSinkTests {
    /// Serves with a log in a folder.
    private func serve(
        _ folder: String,
        _ more: String = "",
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) {
            $0.log = "sinks: {file: {path: \(folder)/access.log, minfree: 0\(more)}}"
        } _: { server in
            try await body(server)
        }
    }

    @Test("Files of traces are kept within the limits that a log has which says nothing of them")
    func traceLimits() async throws {
        let folder = try TemporaryFolder()
        for number in 1...60 {
            let digits = String(repeating: "0", count: number < 10 ? 5 : 4) + "\(number)"
            try folder.write([UInt8(ascii: "\n")], to: "traces-20261101T000000.000000Z-\(digits).jsonl")
        }
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) {
            $0.sections = "tracing: {enabled: true, file: '\(folder.path)/traces.jsonl'}"
        } _: { server in
            try await eventually { try folder.files().keys.count { $0.hasPrefix("traces-") } == 50 }
        }
    }

    private func pull(_ count: Int, from server: ServerProcess) async throws {
        try await WireConnection.with(port: server.port) { connection in
            for _ in 0..<count {
                try await connection.send("GET /v2/a/b/manifests/1 HTTP/1.1\r\nHost: a\r\n\r\n")
                try #require(try await connection.response().status == 404)
            }
        }
    }

    private func verify(_ folder: String) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["logs", "verify", "--path", folder])
    }

    private func accessLines(_ text: String) throws -> [String: JSONValue] {
        let lines = try text.split(separator: "\n").map { try JSONValue(text: String($0)) }
        let requests = lines.filter { $0["kind"]?.string == "access" }
        #expect(Set(requests.map { $0["request_id"]?.string }).count == requests.count)
        return Dictionary(requests.map { ($0["request_id"]?.string ?? "", $0) }) { first, _ in first }
    }

    @Test("The file has the lines of the standard output, over all its rotations")
    func sameLines() async throws {
        let folder = try TemporaryFolder()
        try await serve(folder.path, ", maxsize: 64KiB") { server in
            try await pull(600, from: server)
            #expect(await server.terminate() == .code(0))
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files.count { $0.contains("access") } > 2, "\(files)")
            let verdict = try await verify(folder.path)
            #expect(verdict.succeeded, "\(verdict)")
            let cat = try await Tool.output(try ProjectFolder.binary(), ["logs", "cat", "--path", folder.path])
            let written = try accessLines(cat)
            let printed = try accessLines(await server.process.output.whole())
            #expect(printed.count == 600)
            #expect(written.count == 600)
            for (id, line) in printed {
                guard case .object(var line) = line, case .object(var other)? = written[id] else {
                    Issue.record("\(id) is not in the file")
                    continue
                }
                line["seq"] = nil
                other["seq"] = nil
                #expect(line == other)
            }
        }
    }

    @Test("SIGUSR1 rotates the file at once, and no line is lost by it")
    func rotatedBySignal() async throws {
        let folder = try TemporaryFolder()
        try await serve(folder.path) { server in
            for rotation in 1...2 {
                try await pull(5, from: server)
                server.process.send(SIGUSR1)
                try await eventually {
                    try FileManager.default.contentsOfDirectory(atPath: folder.path)
                        .count { $0.hasPrefix("access-") } == rotation
                }
            }
            #expect(await server.terminate() == .code(0))
            let verdict = try await verify(folder.path)
            #expect(verdict.succeeded, "\(verdict)")
        }
    }

    @Test("With a full disk serving and the other sinks go on, and the file goes on when there is room")
    func fullDisk() async throws {
        try await SmallDisk.with(mebibytes: 4) { disk in
            try await serve(disk.path) { server in
                try await pull(10, from: server)
                try disk.fillUp()
                try await pull(300, from: server)
                let failed = try await server.event("log_sink_failed")
                #expect(failed?["sink"]?.string == "file")
                #expect(failed?["cause"]?.string == "No space left on device")
                let side = WireClient(port: server.sidePort)
                let metrics = try MetricSamples(text: try await side.send("GET", "/metrics").text)
                #expect(metrics.sum("registry_log_write_failures_total", ["sink": "file"]) > 0)
                try disk.makeRoom()
                #expect(try await server.event("log_sink_recovered")?["sink"]?.string == "file")
                try await pull(10, from: server)
                #expect(await server.terminate() == .code(0))
                let verdict = try await verify(disk.path)
                #expect(verdict.succeeded, "\(verdict)")
                let cat = try await Tool.output(try ProjectFolder.binary(), ["logs", "cat", "--path", disk.path])
                #expect(try accessLines(cat).count == 320)
            }
        }
    }

    @Test("A file that cannot be opened keeps the server from starting, and says why")
    func noFolder() async throws {
        let root = try TemporaryFolder()
        let yaml = """
            version: 0.1
            log: {sinks: {file: {path: \(root.path)/nowhere/access.log}}}
            storage: {inmemory: {}}
            http: {addr: 127.0.0.1:0}
            """
        try root.write(Array(yaml.utf8), to: "config.yml")
        let result = try await Tool.run(try ProjectFolder.binary(), ["serve", root.path + "/config.yml"])
        #expect(result.status == .code(1))
        #expect(result.errors.hasPrefix("configuration error: log.sinks.file.path: \(root.path)/nowhere/"))
        #expect(result.errors.contains("No such file or directory"))
    }
}
