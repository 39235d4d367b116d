//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryObservability

struct LogsCatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Prints log lines in their order, across rotated and compressed files.",
        discussion: """
            Times are those of field ts: of a request, when it began. A line that is just being written is left out; so \
            is what is no line of a log, which is told.

              plimsoll logs cat --path /var/log/plimsoll --since 2026-11-24 --until 2026-11-25 | jq 'select(.status >= 500)'
              ssh host journalctl --namespace=plimsoll -o json --all | plimsoll logs cat --path -
            """
    )

    @OptionGroup var input: LogInputOptions

    func run() throws {
        var copy = LogCopy(to: STDOUT_FILENO)
        let isWhole = try input.readLines { line in
            if line.isOfLog { copy.add(line) }
            return copy.failure == nil
        }
        try CommandFailure.finish(&copy)
        if !isWhole { throw ExitCode(1) }
    }
}
