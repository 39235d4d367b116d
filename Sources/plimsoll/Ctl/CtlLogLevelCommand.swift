//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel

struct CtlLogLevelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level",
        abstract: "Writes other events to the log, for a while.",
        discussion: """
            It holds for all sinks, whatever level they have of their own; the lines of requests are as configured, \
            unless their sink has a level. With debug, the libraries of the server are heard, too.

              plimsoll ctl log-level debug --for 10m
              plimsoll ctl log-level configured        # ends it
            """
    )

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case debug, info, warn, error, configured
    }

    @Argument(help: "The least important level that is written; configured goes back to the configuration.")
    var level: Level

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("After which the configuration holds again, such as 10m.", valueName: "duration")
    )
    var duration: String?

    @OptionGroup var options: ControlOptions

    func validate() throws {
        if let duration { _ = try CtlDuration.parse(duration) }
        if level == .configured, duration != nil { throw ValidationError("--for needs another level than configured") }
    }

    func run() throws {
        try options.run(
            "log-level",
            isChange: true,
            [("level", level.rawValue), ("for", duration)],
            Self.describe
        )
    }

    static func describe(_ level: StrictJSON) -> String {
        let (current, configured) = (level["level"]?.string ?? "", level["configured"]?.string ?? "")
        let end = level["reverts_in_s"]?.number.map { ", for another \(Int($0)) s" } ?? ""
        return current == configured && end.isEmpty ? current : "\(current)\(end) (configured: \(configured))"
    }
}
