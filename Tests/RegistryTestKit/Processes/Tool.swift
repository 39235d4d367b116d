//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A program that runs to its end.
package enum Tool {
    /// What came of it.
    package struct Result: Sendable, CustomStringConvertible {
        package let command: String
        package let status: ExitStatus
        package let output: String
        package let errors: String

        package var succeeded: Bool { status == .code(0) }

        package var description: String { "\(command): \(status)\n\(output)\n\(errors)" }
    }

    /// Runs a program to its end, without holding up other tests.
    /// - Throws: ``ProcessNotStarted``.
    package static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> Result {
        let process = try ChildProcess(program, arguments, environment: environment)
        let (status, output, errors) = await process.finished()
        let command = ([program] + arguments).joined(separator: " ")
        return Result(command: command, status: status, output: output, errors: errors)
    }

    /// Runs a program that must succeed.
    /// - Returns: its output.
    /// - Throws: ``ToolFailed``, ``ProcessNotStarted``.
    @discardableResult
    package static func output(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> String {
        let result = try await run(program, arguments, environment: environment)
        guard result.succeeded else { throw ToolFailed(result: result) }
        return result.output
    }
}

/// A program failed that a test needs.
package struct ToolFailed: Error, CustomStringConvertible {
    package let result: Tool.Result

    package var description: String { result.description }
}
