//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Reads what the server has logged.",
        discussion: """
            Logs are files (plain or gzip, with all their rotated files), the journal of systemd, or standard input. \
            Files are read in the order in which they were written, and nothing is held in memory but what is asked for.

              plimsoll logs cat --path /var/log/plimsoll --since 1h
              plimsoll logs query slowest --path '/var/log/plimsoll/access*' --top 20
              plimsoll logs query who-pulled library/alpine:3.20 --journal --since 7d --format csv
              plimsoll logs verify --path /var/log/plimsoll
            """,
        subcommands: [LogsCatCommand.self, LogsQueryCommand.self, LogsVerifyCommand.self]
    )
}
