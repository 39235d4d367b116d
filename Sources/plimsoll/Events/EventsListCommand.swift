//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryModel

/// `plimsoll events list`.
struct EventsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists events that wait, have arrived or were given up."
    )

    @OptionGroup var selection: EventsSelection

    @Option(help: ArgumentHelp("Only those behind this position.", valueName: "position"))
    var after = 0

    @Option(help: ArgumentHelp("So many at most, up to 1000.", valueName: "events"))
    var limit = 100

    @OptionGroup var options: ControlOptions

    func run() throws {
        let parameters = selection.parameters + [("after", "\(after)"), ("limit", "\(limit)")]
        let answer = try options.ask("events", isChange: false, parameters)
        guard !options.json else { return print(answer.text) }
        let events = answer.content["events"]?.array ?? []
        guard !events.isEmpty else { return CommandFailure.tell("no events") }
        print(EventsTable.text(events), terminator: "")
        if events.count == limit {
            CommandFailure.tell("there may be more: --after \(answer.content.count("last"))")
        }
    }
}

/// `plimsoll events show`.
struct EventsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows an event, and what has become of it at each endpoint."
    )

    @Argument(help: "The event's id.")
    var id: String

    @OptionGroup var options: ControlOptions

    func run() throws {
        try options.run("event", isChange: false, [("id", id)]) { answer in
            let rows = answer.array ?? []
            return EventsTable.text(rows) + "\n" + (rows.first?["body"]?.string ?? "")
        }
    }
}

/// `plimsoll events tail`.
struct EventsTailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints events as they come, one a line, until it is ended.",
        discussion: """
            The server is asked once a second. Of events that arrive sooner, those are there that are kept \
            (notifications.history).
            """
    )

    @Option(help: ArgumentHelp("Only those of an endpoint.", valueName: "name"))
    var endpoint: String?

    @OptionGroup var options: ControlOptions

    func run() throws {
        var position = try options.ask("events-end", isChange: false).content.number.map { Int($0) } ?? 0
        while true {
            let parameters = [("endpoint", endpoint), ("after", "\(position)"), ("limit", "1000")]
            let answer = try options.ask("events", isChange: false, parameters).content
            // An event has a row for each endpoint.
            var seen: Set<String> = []
            for event in answer["events"]?.array ?? [] {
                let id = event["id"]?.string ?? ""
                guard seen.insert(id).inserted else { continue }
                print(options.json ? Self.json(event) : Self.line(event))
            }
            // Readers of a pipe must not wait for more.
            fflush(nil)
            position = max(position, answer.count("last"))
            sleep(1)
        }
    }

    private static func line(_ event: StrictJSON) -> String {
        ["time", "action", "repository", "id"].map { event[$0]?.string ?? "-" }.joined(separator: "  ")
    }

    private static func json(_ event: StrictJSON) -> String {
        JSONText.object(
            ["time", "action", "repository", "id"].map { ($0, event[$0]?.string.map { .string($0) }) }
        ).text
    }
}
