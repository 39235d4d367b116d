//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// Log files on a file system that has no room.
@Suite("A log file on a full disk", .timeLimit(.minutes(5)))
struct LogFileDiskTests {
    @Test("Writing resumes by itself when there is room, and no line is torn, lost or doubled")
    func full() async throws {
        try await SmallDisk.with(mebibytes: 4) { disk in
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let folder = (tests as NSString).deletingLastPathComponent
            try disk.fill(3_600_000)
            // The lines take about 2.7 MB, for which there is room only later.
            let probe = try ChildProcess(folder + "/LogFileProbe", [disk.path + "/a.jsonl", "e", "20000", "1000000"])
            try await eventually { try disk.freeBytes() == 0 }
            #expect(probe.isRunning)
            try disk.makeRoom()
            #expect(await probe.output.line { $0 == "settled" } != nil)
            #expect(await probe.exit() == .code(0))
            var numbers: [Int] = []
            for name in try FileManager.default.contentsOfDirectory(atPath: disk.path).sorted()
            where name.hasPrefix("a") {
                let path = disk.path + "/" + name
                let program = name.hasSuffix(".gz") ? ["gzip", "-dc", path] : ["cat", path]
                let text = try await Tool.output(program[0], Array(program.dropFirst()))
                for line in text.split(separator: "\n") {
                    numbers.append(try JSONValue(text: String(line))["seq"]?.int ?? 0)
                }
            }
            #expect(numbers == Array(1...20_000))
        }
    }

    /// What somebody does at night who needs room.
    enum Remedy: CaseIterable {
        case remove
        case cut
    }

    @Test(
        "Room that is made by the log itself is used, and a line that was begun is written anew",
        arguments: Remedy.allCases
    )
    func remedy(_ remedy: Remedy) async throws {
        try await SmallDisk.with(mebibytes: 2) { disk in
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let folder = (tests as NSString).deletingLastPathComponent
            let path = disk.path + "/a.jsonl"
            try disk.fill(1_600_000)
            // The lines take about 800 kB: what is left of them when there is no more room finds room in the file's own.
            let probe = try ChildProcess(folder + "/LogFileProbe", [path, "e", "6000", "100000000"])
            try await eventually { try disk.freeBytes() == 0 }
            #expect(probe.isRunning)
            switch remedy {
            case .remove: #expect(unlink(path) == 0)
            case .cut: #expect(truncate(path, 0) == 0)
            }
            #expect(await probe.output.line { $0 == "settled" } != nil)
            #expect(await probe.exit() == .code(0))
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            let numbers = try lines.map { try JSONValue(text: String($0))["seq"]?.int ?? 0 }
            let first = try #require(numbers.first)
            #expect(first > 1 && numbers == Array(first...6000))
        }
    }
}
