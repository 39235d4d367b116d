//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

/// The commands of the ledger, for a server's configuration.
enum LedgerProcess {
    /// What `plimsoll ledger verify` finds.
    static func differences(_ server: ServerProcess) async throws -> [JSONValue] {
        let result = try await run(server, "verify", "--json")
        let differences = try JSONValue(text: result.output).array
        #expect(result.status == .code(differences.isEmpty ? 0 : 1), "\(result)")
        return differences
    }

    static func run(_ server: ServerProcess, _ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(
            try ProjectFolder.binary(),
            ["ledger", arguments[0], server.configuration] + arguments.dropFirst(),
            environment: server.setup.environment
        )
    }

    /// The value of a metric of the ledger.
    static func metric(_ server: ServerProcess, _ name: String, _ labels: [String: String] = [:]) async throws -> Double
    {
        let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
        return try MetricSamples(text: text).sum("registry_ledger_\(name)", labels)
    }

    /// Waits until the ledger knows all that is in the storage.
    static func current(_ server: ServerProcess) async throws {
        try await eventually("the ledger is current") { try await metric(server, "state", ["state": "current"]) == 1 }
    }
}
