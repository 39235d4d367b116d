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
}
