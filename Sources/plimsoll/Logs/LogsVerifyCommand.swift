//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryObservability

struct LogsVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Tells whether logs are complete, and why what is missing is.",
        discussion: """
            Every entry has a number (seq) within a run of the server (epoch). Numbers that are missing are explained \
            by what the log itself tells (log_dropped, log_removed), by the oldest rotated files being gone, or by the \
            limits of the journal. A run that did not end in order has no number that tells how much of its end is \
            gone: it is told, and is a failure with --strict only. The exit code is 1 if anything is missing without \
            an explanation, stands there twice, or is torn or damaged, and if there is nothing to verify.

            With --since and --until only what lies in that time is told; files are read as a whole all the same.

              plimsoll logs verify --path /var/log/plimsoll
              plimsoll logs verify --journal --since yesterday --format json
            """
    )

    @OptionGroup var input: LogInputOptions

    @Option(help: ArgumentHelp("table, json or csv.", valueName: "format"))
    var format: ResultFormat = .table

    @Flag(help: "The exit code is 1 for runs without an end, too.")
    var strict = false

    func run() throws {
        var verification = LogVerification(try input.window)
        _ = try input.read(choosing: .audit) { item in
            verification.take(item)
            return true
        }
        let result = verification.result
        if format != .table || !result.findings.rows.isEmpty {
            try CommandFailure.print(format.text(of: result.findings))
        }
        CommandFailure.tell(result.verdict)
        for path in verification.unfinished { CommandFailure.tell("\(path): the last line is being written") }
        if verification.unnumbered > 0 { CommandFailure.tell("\(verification.unnumbered) lines have no seq and epoch") }
        if !result.isSound || strict && result.endless > 0 { throw ExitCode(1) }
    }
}

extension ResultFormat: ExpressibleByArgument {}
