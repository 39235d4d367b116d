//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

/// `plimsoll report`, for a server's configuration.
enum ReportProcess {
    static func run(_ server: ServerProcess, _ arguments: [String]) async throws -> Tool.Result {
        try await Tool.run(
            try ProjectFolder.binary(),
            ["report"] + arguments + ["--config", server.configuration],
            environment: server.setup.environment
        )
    }

    static func json(_ server: ServerProcess, _ arguments: String...) async throws -> JSONValue {
        let result = try await run(server, arguments + ["--format", "json"])
        #expect(result.succeeded, "\(result)")
        return try JSONValue(text: result.output)
    }
}

extension JSONValue {
    /// A member that is a whole number.
    func bytes(_ name: String) throws -> Int64 {
        guard case .number(let number)? = self[name] else {
            throw NoNumber(name: name, value: self)
        }
        return Int64(number)
    }

    /// The row of a table that has a name.
    func row(_ table: String, _ name: String) -> JSONValue? {
        self[table]?.array.first { $0["name"]?.string == name }
    }
}

private struct NoNumber: Error {
    let name: String
    let value: JSONValue
}
