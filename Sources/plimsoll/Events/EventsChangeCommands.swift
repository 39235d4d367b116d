//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel

// Commands that do something with events: each asks the server to, and says how many there were.

/// `plimsoll events retry`.
struct EventsRetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Puts dead letters back into the queue of their endpoint."
    )

    @OptionGroup var choice: EventsChoice
    @OptionGroup var options: ControlOptions

    func run() throws {
        try options.run("events-retry", isChange: true, choice.parameters) { answer in
            EventsTable.changed(answer, "will be sent again")
        }
    }
}

/// `plimsoll events drop`.
struct EventsDropCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Gives up events that wait, or takes dead letters away for good."
    )

    @OptionGroup var choice: EventsChoice

    @Option(help: ArgumentHelp("pending or dead.", valueName: "state"))
    var state = "dead"

    @OptionGroup var options: ControlOptions

    func run() throws {
        let parameters = choice.parameters + [("state", state)]
        try options.run("events-drop", isChange: true, parameters) { EventsTable.changed($0, "dropped") }
    }
}

/// `plimsoll events replay`.
struct EventsReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Sends events of the past to an endpoint once more, also those that were not for it.",
        discussion: """
            Those that are kept: notifications.history says for how long. They have the ids that they had.

              plimsoll events replay ci --since 2h
            """
    )

    @Argument(help: "The endpoint's name in the configuration.")
    var endpoint: String

    @Option(help: ArgumentHelp("From when on: 90s, 15m, 2h, 7d, today, or 2026-01-02T03:04:05Z.", valueName: "time"))
    var since: String

    @OptionGroup var options: ControlOptions

    func run() throws {
        let parameters = [("endpoint", endpoint), ("since", since)] as [(String, String?)]
        try options.run("events-replay", isChange: true, parameters) { answer in
            EventsTable.changed(answer, "since \(answer["since"]?.string ?? "") will be sent again")
        }
    }
}

/// `plimsoll events test`.
struct EventsTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Sends a sample to an endpoint at once, and tells what came of it.",
        discussion: """
            A push of the tag test in the repository plimsoll/test, which does not exist. It goes past the queue and the \
            circuit breaker. The exit code is 1 if it did not arrive.
            """
    )

    @Argument(help: "The endpoint's name in the configuration.")
    var endpoint: String

    @OptionGroup var options: ControlOptions

    func run() throws {
        let answer = try options.ask("events-test", isChange: true, [("endpoint", endpoint)])
        let content = answer.content
        let hasArrived = content["arrived"]?.bool == true
        let took = "\(content.count("took_us") / 1000) ms"
        if options.json {
            print(answer.text)
        } else if hasArrived {
            print("\(endpoint): taken with status \(content.count("status")) in \(took)")
        } else {
            print("\(endpoint): \(content["failure"]?.string ?? "not taken"), after \(took)")
        }
        guard hasArrived else { throw ExitCode(1) }
    }
}
