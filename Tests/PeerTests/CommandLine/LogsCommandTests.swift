//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// `plimsoll logs` over what a real server wrote.
@Suite("Commands that read logs", .timeLimit(.minutes(10)))
struct LogsCommandTests {
    private func logs(_ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["logs"] + arguments)
    }

    /// Runs a server that writes small files, and lets requests of every kind come.
    private func withLogs(_ body: (TemporaryFolder, ServerProcess) async throws -> Void) async throws {
        let root = try TemporaryFolder()
        let folder = try TemporaryFolder()
        try await ServerProcess.with(
            root: root.path,
            { $0.log = "sinks: {file: {path: '\(folder.path)/access.jsonl', maxsize: 16KiB, minfree: 0}}" },
            { server in
                _ = try await server.client.pushImage(to: "library/alpine", reference: "3.20", layers: [[1, 2, 3]])
                _ = try await server.client.pushImage(to: "team/app", reference: "1", layers: [[4, 5]])
                for _ in 0..<40 { _ = try await server.client.send("GET", "/v2/library/alpine/manifests/3.20") }
                for _ in 0..<3 { _ = try await server.client.send("GET", "/v2/team/app/manifests/1") }
                for _ in 0..<5 { _ = try await server.client.send("GET", "/v2/team/app/manifests/missing") }
                try await eventually("a file is compressed") {
                    try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { $0.hasSuffix(".gz") }
                }
                #expect(await server.terminate() == .code(0))
                try await body(folder, server)
            }
        )
    }

    @Test("cat, query, verify and DuckDB agree with the standard output, line by line")
    func agreement() async throws {
        try await withLogs { folder, server in
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names.count { $0.hasPrefix("access-") } >= 2, "\(names)")
            let printed = try server.log().filter { $0["kind"]?.string == "access" }

            let cat = try await logs("cat", "--path", folder.path)
            #expect(cat.succeeded, "\(cat)")
            let lines = try cat.output.split(separator: "\n").map { try JSONValue(text: String($0)) }
            let requests = lines.filter { $0["kind"]?.string == "access" }
            #expect(requests.map { $0["request_id"]?.string } == printed.map { $0["request_id"]?.string })
            #expect(lines.map { $0["seq"]?.int } == Array(1...lines.count).map { $0 })

            let verdict = try await logs("verify", "--path", folder.path)
            #expect(verdict.succeeded, "\(verdict)")
            #expect(
                verdict.errors.hasPrefix("complete: \(lines.count) lines, \(lines.count) numbered entries of 1 runs")
            )

            try await expectAnswers(folder, requests)
            try await expectDuckDB(folder, requests)
        }
    }

    private func expectAnswers(_ folder: TemporaryFolder, _ requests: [JSONValue]) async throws {
        func rows(_ query: String...) async throws -> [JSONValue] {
            let result = try await Tool.run(
                try ProjectFolder.binary(),
                ["logs", "query"] + query + ["--path", folder.path, "--format", "json", "--top", "1000"]
            )
            #expect(result.succeeded, "\(result)")
            return try JSONValue(text: result.output).array
        }
        let pulls = try await rows("pulls")
        #expect(pulls.first { $0["repository"]?.string == "library/alpine" }?["pulls"]?.int == 40)
        #expect(pulls.first { $0["repository"]?.string == "team/app" }?["pulls"]?.int == 3)
        let pushes = try await rows("pushes")
        #expect(Set(pushes.map { $0["repository"]?.string }) == ["library/alpine", "team/app"])
        #expect(pushes.allSatisfy { $0["pushes"]?.int == 1 })
        let who = try await rows("who-pulled", "library/alpine:3.20")
        #expect(who.count == 1)
        #expect(who.first?["address"]?.string == "127.0.0.1")
        #expect(who.first?["pulls"]?.int == 40)
        let errors = try await rows("errors")
        #expect(errors.first { $0["error_code"]?.string == "MANIFEST_UNKNOWN" }?["count"]?.int == 5)
        let slowest = try await rows("slowest")
        #expect(slowest.count == requests.count)
        let times = slowest.map { $0["duration_us"]?.int ?? 0 }
        #expect(times == requests.map { $0["duration_us"]?.int ?? 0 }.sorted(by: >))
        let routes = try await rows("routes")
        #expect(routes.reduce(0) { $0 + ($1["requests"]?.int ?? 0) } == requests.count)
        let clients = try await rows("clients")
        #expect(clients.reduce(0) { $0 + ($1["requests"]?.int ?? 0) } == requests.count)
        let id = try #require(requests[requests.count / 2]["request_id"]?.string)
        let facts = try await rows("request", id)
        #expect(facts.contains { $0["field"]?.string == "request_id" && $0["value"]?.string == id })
    }

    /// DuckDB reads the same files, compressed ones too, and adds up to what we do.
    private func expectDuckDB(_ folder: TemporaryFolder, _ requests: [JSONValue]) async throws {
        let script = """
            import duckdb, glob, json, os, sys
            # The end of the server may have come between the two steps that put one in the place of the other.
            files = [f for f in glob.glob(sys.argv[1] + '/access*') if not os.path.exists(f + '.gz')]
            rows = duckdb.sql(f\"""
                SELECT repository, count(*) AS requests, sum(bytes_out)::BIGINT AS bytes_out
                FROM read_json({files}, format='newline_delimited', union_by_name=true, sample_size=-1)
                WHERE kind = 'access' AND repository IS NOT NULL GROUP BY repository\""").fetchall()
            print(json.dumps([dict(repository=r, requests=n, bytes_out=b) for r, n, b in rows]))
            """
        let found = try JSONValue(text: try await Tool.output(ProjectFolder.python, ["-c", script, folder.path])).array
        let csv = try await logs("query", "repositories", "--path", folder.path, "--format", "csv")
        let ours = csv.output.split(whereSeparator: \.isNewline).dropFirst().map { $0.split(separator: ",") }
        #expect(ours.count == found.count)
        for row in ours {
            let other = try #require(found.first { $0["repository"]?.string == String(row[0]) })
            #expect(other["requests"]?.int == Int(row[1]))
            #expect(other["bytes_out"]?.int == Int(row[2]))
        }
        #expect(
            found.reduce(0) { $0 + ($1["requests"]?.int ?? 0) } == requests.count { $0["repository"]?.string != nil }
        )
    }

    @Test("A line that is taken out is found missing, and one that stands twice is told")
    func tampering() async throws {
        try await withLogs { folder, _ in
            var lines = try await logs("cat", "--path", folder.path).output.split(separator: "\n").map(String.init)
            lines.remove(at: 20)
            lines.append(lines[3])
            let other = try TemporaryFolder()
            try other.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "access.jsonl")
            let verdict = try await logs("verify", "--path", other.path, "--format", "csv")
            #expect(verdict.status == .code(1))
            let findings = verdict.output.split(whereSeparator: \.isNewline).map(String.init)
            #expect(findings.count == 3)
            #expect(findings[1].hasPrefix("missing,") && findings[1].contains(",21,21,1,unexplained,"))
            #expect(findings[2].hasPrefix("double,") && findings[2].contains(",4,,1,"))
        }
    }

    @Test("Bounds of time, standard input and patterns are understood")
    func inputs() async throws {
        try await withLogs { folder, _ in
            let all = try await logs("cat", "--path", folder.path).output
            #expect(try await logs("cat", "--path", folder.path + "/access*").output == all)
            #expect(try await logs("cat", "--path", folder.path, "--since", "1h").output == all)
            #expect(try await logs("cat", "--path", folder.path, "--until", "1h").output.isEmpty)
            let binary = try ProjectFolder.binary()
            let piped = try await Tool.output(
                "sh",
                [
                    "-c",
                    "'\(binary)' logs cat --path '\(folder.path)' | '\(binary)' logs query routes --path - --format csv",
                ]
            )
            #expect(piped.hasPrefix("route,method,requests,"))
            #expect(piped.contains("manifest,GET,48,"))
        }
    }

    @Test("What is wrong is told in clear words")
    func failures() async throws {
        let nowhere = try await logs("cat", "--path", "/nowhere")
        #expect(nowhere.status == .code(1))
        #expect(nowhere.errors == "error: /nowhere: open: No such file or directory\n")
        let nothing = try await logs("cat")
        #expect(nothing.errors.contains("Say where the logs are"))
        #expect(nothing.status == .code(64))
        let time = try await logs("cat", "--path", "/tmp", "--since", "soon")
        #expect(time.errors.contains("--since: soon is no time; such are 2026-11-24T10:30:00Z"))
        let missing = try await logs("query", "request", "0123", "--path", "/dev/null")
        #expect(missing.status == .code(1))
        #expect(missing.errors == "error: there is no request 0123\n")
        let help = try await logs("query", "--help")
        #expect(help.output.contains("plimsoll logs query who-pulled library/alpine:3.20"))
        let bounds = try await logs("cat", "--path", "/tmp", "--since", "1h", "--until", "2h")
        #expect(bounds.status == .code(64))
        #expect(bounds.errors.contains("must be before --until"))
        for (name, cause) in [
            ("", "nothing cannot be pulled"), ("UPPER", "UPPER cannot be pulled"), ("a:", "a: cannot be"),
        ] {
            let who = try await logs("query", "who-pulled", name, "--path", "/dev/null")
            #expect(who.status == .code(64))
            #expect(who.errors.contains(cause), "\(who)")
        }
        let nobody = try await logs("query", "who-pulled", "a/b", "--path", "/dev/null")
        #expect(nobody.succeeded)
        #expect(nobody.errors == "no line names the repository a/b\n")
        let empty = try await logs("verify", "--path", "/dev/null")
        #expect(empty.status == .code(1))
        #expect(empty.errors == "there is nothing to verify\n")
    }
}
