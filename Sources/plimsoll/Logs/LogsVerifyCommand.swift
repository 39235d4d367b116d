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
            by what the log itself tells (log_dropped, log_removed), by rotated files that are gone, or by the limits \
            of the journal. The exit code is 1 if anything is missing without an explanation, stands there twice, or \
            is torn or damaged.

              plimsoll logs verify --path /var/log/plimsoll
              plimsoll logs verify --journal --since yesterday --format json
            """
    )

    @OptionGroup var input: LogInputOptions

    @Option(help: ArgumentHelp("table, json or csv.", valueName: "format"))
    var format: ResultFormat = .table

    func run() throws {
        var verification = LogVerification(hasWindow: input.since != nil)
        let reader = try input.reader()
        try CommandFailure.reported { () throws(LogFileError) in
            try reader.read { item in
                verification.take(item)
                return true
            }
        }
        let findings = verification.findings
        if format != .table || !findings.rows.isEmpty { print(format.text(of: findings), terminator: "") }
        CommandFailure.tell(
            """
            \(verification.isSound ? "complete" : "NOT COMPLETE"): \(verification.lines) lines, \
            \(verification.entries) numbered entries of \(verification.runs) runs, \(findings.rows.count) findings
            """
        )
        for path in verification.unfinished { CommandFailure.tell("\(path): the last line is being written") }
        if verification.unnumbered > 0 { CommandFailure.tell("\(verification.unnumbered) lines have no seq and epoch") }
        if !verification.isSound { throw ExitCode(1) }
    }
}

extension ResultFormat: ExpressibleByArgument {}
