//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// A log file whose writer is killed at every step; every line is counted.
@Suite("A log file whose writer is killed", .timeLimit(.minutes(10)))
struct LogFileKillTests {
    /// System calls that change something or order changes; the writer dies before one of them.
    static let calls = ["openat", "write", "pwrite64", "fdatasync", "fsync", "renameat2", "fchmod", "unlink", "close"]

    @Test("No line is lost, doubled or torn, whatever it was at", arguments: calls)
    func killed(before call: String) async throws {
        for place in try await places(of: call) {
            let folder = try TemporaryFolder()
            let fault = "inject=\(call):signal=KILL:when=\(place)"
            let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", fault]
            let first = try await probe(folder, run: "a", lines: 120, through: strace)
            let second = try await probe(folder, run: "b", lines: 40)
            #expect(second.status == .code(0), "\(second)")
            try await expectAllLines(folder, acknowledged: acknowledged(first), "\(call) \(place)")
        }
    }

    @Test("No line is lost, doubled or torn by kills at any moment, one after the other")
    func killedOften() async throws {
        let folder = try TemporaryFolder()
        var acknowledged = 0
        for round in 0..<12 {
            let wanted = 7 * (1 + round * 13)
            // Some more than that, since the kill comes late; not without end, since all of it is to be compressed.
            let command = [folder.path + "/a.jsonl", "run\(round)", String(wanted + 2000), "20000"]
            let process = try ChildProcess(try probePath(), command)
            _ = await process.output.line { $0 == "written \(wanted)" }
            process.send(SIGKILL)
            _ = await process.finished()
            acknowledged += process.output.lines.last { $0.hasPrefix("written ") }.flatMap(Self.number) ?? 0
        }
        #expect(try await probe(folder, run: "last", lines: 40, maximumBytes: 20_000).succeeded)
        let runs = try await lines(folder)
        #expect(runs.count == 13)
        for (run, numbers) in runs { #expect(numbers == Array(1...numbers.count), "\(run)") }
        #expect(runs.values.reduce(0) { $0 + $1.count } >= acknowledged + 40)
        let verdict = try await Tool.run(try ProjectFolder.binary(), ["logs", "verify", "--path", folder.path])
        #expect(verdict.succeeded, "\(verdict)")
    }

    /// Which of a thread's calls touch the log's folder, counted from 1; of many, some from beginning to end.
    private func places(of call: String) async throws -> [Int] {
        let folder = try TemporaryFolder()
        let trace = try TemporaryFolder()
        let strace = ["strace", "-f", "-qq", "-y", "-o", trace.path + "/calls", "-e", "trace=" + call]
        let whole = try await probe(folder, run: "a", lines: 120, through: strace)
        try #require(whole.succeeded, "\(whole)")
        var counts: [Substring: Int] = [:]
        var places: Set<Int> = []
        for line in try String(contentsOfFile: trace.path + "/calls", encoding: .utf8).split(separator: "\n") {
            guard line.contains(call + "("), let thread = line.split(separator: " ").first else { continue }
            counts[thread, default: 0] += 1
            if line.contains(folder.path) { places.insert(counts[thread, default: 0]) }
        }
        #expect(!places.isEmpty, "\(call) is never called; take it out of the list")
        let sorted = places.sorted()
        let step = max(1, sorted.count / 16)
        return stride(from: 0, to: sorted.count, by: step).map { sorted[$0] }
    }

    // MARK: The probe

    /// Built with the tests.
    private func probePath() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for folder in [(tests as NSString).deletingLastPathComponent, ProjectFolder.path + "/.build/debug"] {
            let path = folder + "/LogFileProbe"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw ProcessNotStarted(description: "LogFileProbe is missing: swift build --build-tests")
    }

    private func probe(
        _ folder: TemporaryFolder,
        run: String,
        lines: Int,
        maximumBytes: Int = 6000,
        through wrapper: [String] = []
    ) async throws -> Tool.Result {
        let command =
            wrapper + [try probePath(), folder.path + "/a.jsonl", run, String(lines), String(maximumBytes)]
        return try await Tool.run(command[0], Array(command.dropFirst()))
    }

    private func acknowledged(_ result: Tool.Result) -> Int {
        result.output.split(separator: "\n").last { $0.hasPrefix("written ") }.flatMap { Self.number(String($0)) } ?? 0
    }

    private static func number(_ line: String) -> Int? { line.split(separator: " ").last.flatMap { Int($0) } }

    // MARK: Counting

    /// The numbers of each run's lines in the order of the files, read without anything of ours.
    private func lines(_ folder: TemporaryFolder) async throws -> [String: [Int]] {
        var runs: [String: [Int]] = [:]
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
        // `a-…` comes before `a.jsonl`, and the time in the names has a fixed length.
        for name in names.sorted() {
            #expect(name == "a.jsonl" || name.hasSuffix(".jsonl.gz"), "\(name) is left over")
            let path = folder.path + "/" + name
            let text =
                name.hasSuffix(".gz")
                ? try await Tool.output("gzip", ["--decompress", "--stdout", path])
                : try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            #expect(text.isEmpty || text.hasSuffix("\n"), "\(name) is torn")
            for line in text.split(separator: "\n") {
                let object = try JSONValue(text: String(line))
                runs[object["epoch"]?.string ?? "", default: []].append(object["seq"]?.int ?? 0)
            }
        }
        return runs
    }

    private func expectAllLines(_ folder: TemporaryFolder, acknowledged: Int, _ place: String) async throws {
        let runs = try await lines(folder)
        let first = runs["a"] ?? []
        #expect(first == Array(1..<(first.count + 1)), "\(place)")
        #expect(first.count >= acknowledged, "\(place)")
        #expect(runs["b"] == Array(1...40), "\(place)")
    }
}
