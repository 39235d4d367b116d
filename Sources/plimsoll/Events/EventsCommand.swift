//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel
import RegistryObservability

/// Events that are posted to others, and the catalogue of those in the log.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Looks after events that are posted to other servers.",
        discussion: """
            Asks a running server over its control socket, as plimsoll ctl does. Without a subcommand the catalogue of the \
            log's events is printed.
            """,
        subcommands: [
            EventsListCommand.self, EventsShowCommand.self, EventsTailCommand.self, EventsRetryCommand.self,
            EventsDropCommand.self, EventsReplayCommand.self, EventsTestCommand.self, EventsCatalogueCommand.self,
        ],
        defaultSubcommand: EventsCatalogueCommand.self
    )
}

/// What is listed.
struct EventsSelection: ParsableArguments {
    @Option(help: ArgumentHelp("Only those of an endpoint.", valueName: "name"))
    var endpoint: String?

    @Option(help: ArgumentHelp("Only those that are pending, dead or delivered.", valueName: "state"))
    var state: String?

    var parameters: [(String, String?)] { [("endpoint", endpoint), ("state", state)] }
}

/// Events in a table.
enum EventsTable {
    static func text(_ events: [StrictJSON]) -> String {
        var table = ResultTable([
            .init("position", .count), .init("time"), .init("endpoint"), .init("state"), .init("action"),
            .init("repository"), .init("id"), .init("detail"),
        ])
        for event in events {
            let detail = [event["reason"]?.string, event["detail"]?.string].compactMap(\.self)
            table.add(
                [.number(Int64(event.count("position")))]
                    + ["time", "endpoint", "state", "action", "repository", "id"].map {
                        .text(event[$0]?.string ?? "-")
                    } + [.text(detail.filter { !$0.isEmpty }.joined(separator: ": "))]
            )
        }
        return ResultFormat.table.text(of: table)
    }

    /// What was done to how many.
    static func changed(_ answer: StrictJSON, _ what: String) -> String {
        "\(answer["endpoint"]?.string ?? ""): \(answer.count("events")) events \(what)"
    }
}

/// Which events of an endpoint something is done to.
struct EventsChoice: ParsableArguments {
    @Argument(help: "The endpoint's name in the configuration.")
    var endpoint: String

    @Argument(help: "Ids of events.")
    var ids: [String] = []

    @Flag(help: "All there are, instead of ids.")
    var all = false

    func validate() throws {
        guard all != !ids.isEmpty else { throw ValidationError("give either ids or --all") }
    }

    var parameters: [(String, String?)] {
        [("endpoint", endpoint), ("ids", all ? nil : ids.joined(separator: ","))]
    }
}
