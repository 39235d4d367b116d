//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryConfiguration
import RegistryModel

struct CtlReadOnlyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read-only",
        abstract: "Refuses pushes and deletions, or takes them again.",
        discussion: """
            Clients get 405 for what would change content; requests under way end as if nothing were, and uploads stay. \
            It holds until it is said otherwise, by this command, by SIGUSR2, by a change of \
            storage.maintenance.readonly and a reload, or by a restart.

              plimsoll ctl read-only on --wait 60s     # returns when nothing changes content any more
            """
    )

    enum State: String, ExpressibleByArgument, CaseIterable {
        case on, off
    }

    @Argument(help: "Whether it is to be read-only.")
    var state: State

    @Option(
        help: ArgumentHelp(
            "How long to wait for the changes under way; the exit code is 1 if some are left.",
            valueName: "duration"
        ),
        transform: CtlDuration.parse
    )
    var wait: Duration?

    @OptionGroup var options: ControlOptions

    func run() throws {
        try options.run("read-only", isChange: true, [("state", state.rawValue)]) { answer in
            let left = answer.count("changes")
            let verb = answer["changed"]?.bool == true ? "is now" : "was already"
            return state == .on
                ? "the registry \(verb) read-only; \(left) changes are under way"
                : "the registry \(verb == "is now" ? "takes changes again" : "took changes already")"
        }
        guard state == .on, let wait else { return }
        let end = ContinuousClock.now + wait
        while true {
            let left = try options.ask("status", isChange: false).content.count("changes")
            guard left > 0 else { return }
            guard ContinuousClock.now < end else {
                CommandFailure.tell("error: \(left) changes are still under way")
                throw ExitCode(1)
            }
            usleep(100_000)
        }
    }
}

/// Durations on the command line.
enum CtlDuration {
    static func parse(_ text: String) throws -> Duration {
        guard let duration = Duration(goText: text), duration > .zero else {
            throw ValidationError("must be a duration such as 10m")
        }
        return duration
    }
}
