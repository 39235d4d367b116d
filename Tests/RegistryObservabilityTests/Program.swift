//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// A program that a test hands some text and that runs to its end.
enum Program {
    /// Runs a program.
    /// - Returns: its exit status, and what it wrote to both its outputs.
    static func run(_ path: String, _ arguments: [String], input: String) throws -> (status: Int32, text: String) {
        // By a file: a pipe would have to be fed while the program's output is read.
        let file = FileManager.default.temporaryDirectory.appending(path: "plimsoll-\(UUID().uuidString).input")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(input.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
