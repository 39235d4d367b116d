//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("A log file that cannot be written", .timeLimit(.minutes(5)))
struct LogFileErrorTests {
    private static let request = "GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Asks many times on one connection, and counts the answers that are what they should be.
    private func ask(_ count: Int, _ server: ServerProcess) async throws -> Int {
        try await WireConnection.with(port: server.port) { connection in
            // All answers have the same length.
            let one = try await WireConnection.with(port: server.port) { probe in
                try await probe.send(
                    Self.request.replacingOccurrences(of: "\r\n\r\n", with: "\r\nConnection: close\r\n\r\n")
                )
                return await probe.readToEnd().count - "Connection: close\r\n".utf8.count
            }
            var good = 0
            let batch = 500
            for _ in 0..<(count / batch) {
                try await connection.send(String(repeating: Self.request, count: batch))
                let answers = String(decoding: try await connection.read(one * batch), as: UTF8.self)
                good += answers.components(separatedBy: "HTTP/1.1 200 OK\r\n").count - 1
            }
            return good
        }
    }

    private func metric(_ series: String, _ server: ServerProcess) async throws -> Double {
        let page = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
        let line = page.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return try #require(line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }, "\(series)")
    }

    @Test(
        "Serving goes on, what is lost is counted and told of, and the log resumes by itself",
        arguments: [EIO, EROFS]
    )
    func error(number: Int32) async throws {
        let root = try TemporaryFolder()
        let logs = try TemporaryFolder()
        let faults = try await FaultInjector(target: logs.path)
        let path = logs.path + "/access.log"
        try await ServerProcess.with(root: root.path) { setup in
            setup.log = "sinks: {stdout: {kinds: [event]}, file: {path: \"\(path)\"}}"
            setup.environment = faults.environment
        } _: { server in
            #expect(try await ask(500, server) == 500)
            try await eventually { try String(contentsOfFile: path, encoding: .utf8).contains("\"access\"") }
            try faults.fail(with: number)
            // More than the sink's queue has room for.
            #expect(try await ask(90_000, server) == 90_000)
            let failed = try #require(try await server.event("log_sink_failed"))
            #expect(failed["sink"]?.string == "file")
            #expect(failed["cause"]?.string == String(cString: strerror(number)))
            let lost = #"registry_log_entries_dropped_total{sink="file",reason="write_failed"}"#
            try await eventually { try await metric(lost, server) > 0 }
            #expect(try await metric(#"registry_log_write_failures_total{sink="file"}"#, server) > 0)
            try faults.fail(with: 0)
            #expect(try await server.event("log_sink_recovered") != nil)
            #expect(try await ask(500, server) == 500)
            let losses = try await metric(lost, server)
            #expect(await server.terminate() == .code(0))
            // Every number is there, or in what is told of the loss.
            let verified = try await Tool.run(
                ProjectFolder.binary(),
                ["logs", "verify", "--path", path, "--format", "csv"]
            )
            #expect(verified.succeeded, "\(verified)")
            let rows = verified.output.split(whereSeparator: \.isNewline).dropFirst()
            #expect(!rows.isEmpty && rows.allSatisfy { $0.contains("dropped: write_failed") }, "\(verified)")
            let missing = rows.compactMap { Double($0.split(separator: ",")[4]) }.reduce(0, +)
            #expect(missing == losses)
        }
    }

    @Test("Where the file system cannot tell whether a name is taken, files are rotated all the same")
    func plainNames() async throws {
        let root = try TemporaryFolder()
        let logs = try TemporaryFolder()
        let faults = try await FaultInjector(target: logs.path)
        try await ServerProcess.with(root: root.path) { setup in
            setup.log = "sinks: {stdout: {kinds: [event]}, file: {path: '\(logs.path)/access.log', maxsize: 64KiB}}"
            setup.environment = faults.environment.merging(["FAULT_RENAME": "1"]) { $1 }
        } _: { server in
            #expect(try await ask(1000, server) == 1000)
            #expect(await server.terminate() == .code(0))
            #expect(try server.log().contains { $0["event"]?.string == "log_rotated" })
            #expect(try !server.log().contains { $0["event"]?.string == "log_rotation_failed" })
            let verified = try await Tool.run(ProjectFolder.binary(), ["logs", "verify", "--path", logs.path])
            #expect(verified.succeeded, "\(verified)")
        }
    }
}
