//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

/// A server that posts events, and the commands for it.
struct HookedServer {
    let server: ServerProcess
    let socket: String

    /// - Parameters:
    ///   - notifications: the section, in YAML's flow style.
    ///   - adjust: changes the rest of the configuration.
    static func with(
        _ notifications: String,
        tracing: String = "",
        hasLedger: Bool = true,
        _ adjust: (inout ServerProcess.Setup) -> Void = { _ in },
        _ body: (HookedServer) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let socket = folder.path + "/control.sock"
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.http = "control: {socket: \"\(socket)\"}"
                setup.log = "sinks: {stdout: {enabled: true}}"
                setup.sections = "notifications: \(notifications)\n\(tracing)"
                adjust(&setup)
            }
        ) { server in
            if hasLedger { try await LedgerProcess.current(server) }
            try await body(HookedServer(server: server, socket: socket))
        }
    }

    /// What `plimsoll events` comes to.
    func events(_ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["events"] + arguments + ["--socket", socket])
    }

    /// What `plimsoll events … --json` prints.
    func json(_ arguments: String...) async throws -> JSONValue {
        try JSONValue(
            text: try await Tool.output(
                try ProjectFolder.binary(),
                ["events"] + arguments + ["--json", "--socket", socket]
            )
        )
    }

    /// Events that wait for endpoints; of very many, some.
    var waiting: Int {
        get async throws { try await json("list", "--state", "pending")["events"]?.array.count ?? 0 }
    }

    /// What `plimsoll ctl status` knows of the first endpoint.
    func endpoint() async throws -> JSONValue? {
        let text = try await Tool.output(
            try ProjectFolder.binary(),
            ["ctl", "status", "--json", "--socket", socket]
        )
        return try JSONValue(text: text)["endpoints"]?.array.first
    }

    /// A metric of notifications.
    func metric(_ name: String, _ labels: [String: String] = [:]) async throws -> Double {
        let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
        return try MetricSamples(text: text).sum("registry_notifications_\(name)", labels)
    }
}
