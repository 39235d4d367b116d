//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// What `plimsoll logs` answers, and whether it can, over logs that are made up.
@Suite("What commands that read logs put out", .timeLimit(.minutes(5)))
struct LogsOutputTests {
    private let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
        let start = event("server_started", 1)
        let requests = (2...31).map { number in
            let route = #""kind":"access","method":"GET","route":"manifest","status":200,"outcome":"ok""#
            return line(number, route + #","repository":"a/b\#(number)","duration_us":\#(number),"bytes_out":1"#)
        }
        try put(start + requests.joined(), "access.jsonl")
    }

    private func line(_ number: Int, _ members: String) -> String {
        #"{"ts":"2024-11-24T10:00:\#(number + 10).000000Z","seq":\#(number),"epoch":"e1",\#(members)}"# + "\n"
    }

    private func event(_ name: String, _ number: Int) -> String { line(number, #""kind":"event","event":"\#(name)""#) }

    private func put(_ text: String, _ name: String) throws { try folder.write(Array(text.utf8), to: name) }

    private func logs(_ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["logs"] + arguments + ["--path", folder.path])
    }

    private func shell(_ script: String) async throws -> Tool.Result {
        let binary = try ProjectFolder.binary()
        return try await Tool.run("bash", ["-c", script], environment: ["P": binary, "L": folder.path])
    }

    @Test("A table has ten rows and tells of the others, and JSON and CSV have all")
    func rows() async throws {
        for query in ["repositories", "pulls", "slowest"] {
            let table = try await logs("query", query)
            #expect(table.output.split(separator: "\n").count == 12)
            #expect(table.output.hasSuffix("\n… and 20 more; --top 0 prints all\n"), "\(table)")
            #expect(try await logs("query", query, "--top", "0").output.split(separator: "\n").count == 31)
            let csv = try await logs("query", query, "--format", "csv")
            #expect(csv.output.split(whereSeparator: \.isNewline).count == 31)
            let json = try await logs("query", query, "--format", "json")
            #expect(try JSONValue(text: json.output).array.count == 30)
            let three = try await logs("query", query, "--format", "csv", "--top", "3")
            #expect(three.output.split(whereSeparator: \.isNewline).count == 4)
        }
    }

    @Test(
        "An answer that cannot be written is a failure, and a reader that has enough is none that is told",
        arguments: ["query repositories", "query slowest --format csv", "verify --format json", "cat"]
    )
    func output(command: String) async throws {
        let full = try await shell("\"$P\" logs \(command) --path \"$L\" > /dev/full")
        #expect(full.status == .code(1))
        #expect(full.errors.contains("error: standard output: No space left on device\n"), "\(full)")
        let closed = try await shell("{ sleep 0.3; \"$P\" logs \(command) --path \"$L\"; } | true")
        #expect(!closed.errors.contains("standard output"), "\(closed)")
    }

    @Test("A run without an end keeps the exit code, save with --strict")
    func strict() async throws {
        let verdict = try await logs("verify")
        #expect(verdict.succeeded)
        #expect(verdict.output.contains("no end"))
        #expect(verdict.output.contains("last entry 2024-11-24T10:00:41.000"))
        #expect(verdict.errors.hasPrefix("complete save for the end of 1 run: 31 lines"), "\(verdict)")
        #expect(try await logs("verify", "--strict").status == .code(1))
        let json = try JSONValue(text: try await logs("verify", "--format", "json").output).array
        #expect(json.map { $0["finding"]?.string } == ["no end"])
        try put(event("server_stopped", 32), "more.jsonl")
        #expect(try await logs("verify", "--strict").errors.hasPrefix("complete: 32 lines"))
    }

    @Test("What is no log is refused, and lines that are none are told of and left out")
    func foreign() async throws {
        try put("\u{1b}[31mhello\u{0}\n", "b.log")
        let mixed = try await logs("cat")
        #expect(mixed.output.split(separator: "\n").count == 31)
        #expect(mixed.errors.hasSuffix("/b.log: 1 line is none of a log, and left out\n"), "\(mixed)")
        #expect(try await logs("query", "pulls").errors == mixed.errors)
        try FileManager.default.removeItem(atPath: folder.path + "/access.jsonl")
        for arguments in [["cat"], ["query", "pulls"], ["verify"]] {
            let path = folder.path + "/b.log"
            let result = try await Tool.run(try ProjectFolder.binary(), ["logs"] + arguments + ["--path", path])
            #expect(result.status == .code(1))
            #expect(result.output.isEmpty)
            #expect(result.errors == "error: \(folder.path)/b.log is not a log of Plimsoll\n", "\(result)")
        }
        let piped = try await shell("printf '\\x28\\xb5\\x2f\\xfd' | \"$P\" logs cat --path -")
        #expect(piped.status == .code(1))
        #expect(piped.errors.contains("standard input: read: it is compressed by zstd"), "\(piped)")
    }

    @Test("A line without its line feed counts on standard input, and half a line is told")
    func lastLine() async throws {
        let whole = try await shell("head -c -1 \"$L\"/access.jsonl | \"$P\" logs cat --path -")
        #expect(whole.output.split(separator: "\n").count == 31)
        #expect(whole.errors.isEmpty)
        let half = try await shell("head -c -5 \"$L\"/access.jsonl | \"$P\" logs cat --path -")
        #expect(half.output.split(separator: "\n").count == 30)
        #expect(half.errors == "warning: standard input: the last line is torn, and left out\n")
        let torn = try await shell("head -c -5 \"$L\"/access.jsonl | \"$P\" logs verify --path -")
        #expect(torn.status == .code(1))
        #expect(torn.output.contains("the last line is not whole"))
    }
}
