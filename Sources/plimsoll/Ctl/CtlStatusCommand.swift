//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel

struct CtlStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Tells how the server is.")

    @OptionGroup var options: ControlOptions

    func run() throws { try options.run("status", isChange: false, [], Self.describe) }

    private static func describe(_ status: StrictJSON) -> String {
        let level = status["log_level"]
        var facts = [
            ("state", (status["state"]?.string ?? "") + (status["read_only"]?.bool == true ? ", read-only" : "")),
            ("server", "plimsoll \(status["version"]?.string ?? ""), pid \(status.count("pid"))"),
            ("up", "\(status.count("uptime_s")) s"),
            ("addresses", status.list("addresses").joined(separator: ", ")),
            (
                "requests",
                "\(status.count("requests")) under way, \(status.count("changes")) of them change something; "
                    + "\(status.count("connections")) connections"
            ),
            ("log level", level.map(CtlLogLevelCommand.describe) ?? ""),
            ("ledger", status["ledger"]?.string ?? ""),
            ("configuration", "read \(status["configuration_read"]?.string ?? "")"),
        ]
        for endpoint in status["endpoints"]?.array ?? [] { facts.append(("endpoint", Self.line(of: endpoint))) }
        let pending = status.list("needs_restart")
        if !pending.isEmpty { facts.append(("needs a restart", pending.joined(separator: ", "))) }
        for failure in status["failures"]?.array ?? [] {
            facts.append(("failing", "\(failure["check"]?.string ?? ""): \(failure["cause"]?.string ?? "")"))
        }
        let width = facts.map(\.0.count).max() ?? 0
        return facts.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + value
        }.joined(separator: "\n")
    }

    private static func line(of endpoint: StrictJSON) -> String {
        var text = "\(endpoint["name"]?.string ?? ""): \(endpoint.count("pending")) wait"
        if endpoint.count("dead_letters") > 0 { text += ", \(endpoint.count("dead_letters")) dead letters" }
        guard let state = endpoint["breaker"]?.string, state != "closed" else { return text }
        return text + "; does not take events (\(state)): \(endpoint["last_failure"]?.string ?? "")"
    }
}

// What the server answers, as people read it.
extension StrictJSON {
    /// A whole number.
    func count(_ key: String) -> Int { self[key]?.number.map { Int($0) } ?? 0 }

    /// A list of texts.
    func list(_ key: String) -> [String] { self[key]?.array?.compactMap(\.string) ?? [] }
}
