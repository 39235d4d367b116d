//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

/// `plimsoll logs --journal` over a real journal.
@Suite("Commands that read the journal", .timeLimit(.minutes(5)))
struct LogsJournalTests {
    @Test("Questions are answered, and the journal is verified, whatever MESSAGE is", arguments: ["json", "text"])
    func journal(message: String) async throws {
        let root = try TemporaryFolder()
        try await JournalProcess.with { journal in
            try await ServerProcess.with(root: root.path) {
                let sink = "journald: {enabled: true, socket: \(journal.socket), message: \(message)}"
                $0.log = "sinks: {stdout: {enabled: true}, \(sink)}"
            } _: { server in
                _ = try await server.client.pushImage(to: "library/alpine", reference: "3.20", layers: [[1, 2, 3]])
                for _ in 0..<7 { _ = try await server.client.send("GET", "/v2/library/alpine/manifests/3.20") }
                #expect(await server.terminate() == .code(0))
                try await eventually("the last entry is in the journal") {
                    try await !journal.entries("REGISTRY_EVENT=server_stopped").isEmpty
                }

                let pulls = try await logs(journal, "query", "pulls", "--format", "json")
                let row = try #require(try JSONValue(text: pulls.output).array.first)
                #expect(row["repository"]?.string == "library/alpine")
                #expect(row["pulls"]?.int == 7)

                let verdict = try await logs(journal, "verify")
                #expect(verdict.succeeded, "\(verdict)")
                #expect(verdict.errors.hasPrefix("complete: \(server.process.output.lines.count) lines"), "\(verdict)")

                let cat = try await logs(journal, "cat", "--since", "1h")
                #expect(cat.output.split(separator: "\n").count == server.process.output.lines.count)
                #expect(try await logs(journal, "cat", "--until", "1h").output.isEmpty)

                // Without a namespace all are read.
                let entry = try #require(try await journal.entries("REGISTRY_EVENT=server_stopped").first)
                let epoch = try #require(entry["LOG_EPOCH"]?.string)
                let all = try await Tool.run(try ProjectFolder.binary(), ["logs", "cat", "--journal", "--since", "1h"])
                #expect(
                    all.output.split(separator: "\n").count { $0.contains(epoch) } == server.process.output.lines.count
                )
            }
        }
    }

    @Test("A journal without entries of a registry is told of")
    func nothing() async throws {
        try await JournalProcess.with { journal in
            let empty = try await logs(journal, "cat")
            #expect(empty.output.isEmpty)
            let hint = "the journal namespace \(journal.name), if there is one, has no entries of a registry"
            #expect(empty.errors == "hint: \(hint) that this user may read\n")
            let verdict = try await Tool.run(
                try ProjectFolder.binary(),
                ["logs", "verify", "--journal", "--namespace", journal.name]
            )
            #expect(verdict.status == .code(1))
            #expect(verdict.errors.hasSuffix("there is nothing to verify\n"))
        }
    }

    private func logs(_ journal: JournalProcess, _ arguments: String...) async throws -> Tool.Result {
        let source = ["--journal", "--namespace", journal.name]
        let result = try await Tool.run(try ProjectFolder.binary(), ["logs"] + arguments + source)
        #expect(result.succeeded, "\(result)")
        return result
    }
}
