//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryObservability
import RegistryTelemetry

/// Writes numbered lines to a rotating log file, for tests that end it at any moment.
///
///     LogFileProbe PATH EPOCH LINES MAXIMUM-BYTES
///
/// Each line is of the log's form; `seq` counts from 1. Once lines are written, `written SEQ` stands on standard output.
/// It ends when every rotated file is compressed.
@main
struct LogFileProbe {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let lines = Int(arguments[3]), let maximum = Int64(arguments[4]) else { exit(2) }
        let rotation = RotationPolicy(maximumBytes: maximum)
        var file = try RotatingFile.open(
            path: arguments[1],
            options: LogFileOptions(
                rotation: rotation,
                compression: CompressionPolicy(bytesPerSecond: nil, isIdle: false)
            ),
            counters: LogFileCounters(),
            observer: Printer()
        )
        var sequence = 0
        while sequence < lines {
            var batch: [UInt8] = []
            for _ in 0..<min(7, lines - sequence) {
                sequence += 1
                let padding = String(repeating: "x", count: sequence * 37 % 200)
                batch += #"{"epoch":"\#(arguments[2])","seq":\#(sequence),"padding":"\#(padding)"}"#.utf8
                batch.append(UInt8(ascii: "\n"))
            }
            var begun = 0
            while !batch.isEmpty {
                let written = batch.withUnsafeBufferPointer { file.write($0, begun: begun) }
                let end = batch[..<written].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                batch.removeFirst(end)
                begun = written - end
            }
            say("written \(sequence)")
            file.tick()
        }
        while hasPlainFiles(arguments[1]) { usleep(20_000) }
        say("settled")
    }

    /// Whether rotated files are there that are not, or not only, compressed.
    private static func hasPlainFiles(_ path: String) -> Bool {
        var names = glob_t()
        defer { globfree(&names) }
        return glob(path.replacing(".jsonl", with: "-*.jsonl"), 0, nil, &names) == 0
    }

    private struct Printer: LogFileObserver {
        func note(_ event: LogFileEvent) { say("event \(event.serverEvent.name.rawValue)") }
    }

    private static func say(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
