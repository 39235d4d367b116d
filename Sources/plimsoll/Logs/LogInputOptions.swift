//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryObservability
import RegistryTelemetry

/// Where logs are, and which time of them is of interest; the same for all commands that read logs.
struct LogInputOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A folder of logs, a file, or a pattern in quotes; - reads JSON Lines from standard input.",
            discussion: "May be given more than once. Rotated and compressed files are found by their names.",
            valueName: "path"
        )
    )
    var path: [String] = []

    @Flag(help: "Reads the journal of systemd, by journalctl.")
    var journal = false

    @Option(help: ArgumentHelp("With --journal: the journal namespace.", valueName: "name"))
    var namespace: String?

    @Option(help: ArgumentHelp("With --journal: only entries of this unit.", valueName: "unit"))
    var unit: String?

    @Option(help: ArgumentHelp("With --journal: a folder of journal files.", valueName: "folder"))
    var directory: String?

    @Option(
        help: ArgumentHelp(
            "Leaves out what happened before.",
            discussion: """
                2026-11-24T10:30:00Z, 2026-11-24, '2026-11-24 10:30' (UTC), today, yesterday, or how long ago: 90s, \
                15m, 2h, 7d.
                """,
            valueName: "time"
        )
    )
    var since: String?

    @Option(help: ArgumentHelp("Leaves out what happened then or later; in the same forms.", valueName: "time"))
    var until: String?

    func validate() throws {
        guard journal || !path.isEmpty else {
            throw ValidationError("Say where the logs are: --path FOLDER, --path 'PATTERN', --path - or --journal.")
        }
        guard !journal || path.isEmpty else { throw ValidationError("Give either --path or --journal.") }
        guard !path.contains("-") || path.count == 1 else {
            throw ValidationError("Standard input cannot be read together with files.")
        }
        guard journal || namespace == nil && unit == nil && directory == nil else {
            throw ValidationError("--namespace, --unit and --directory are for --journal.")
        }
        _ = try time(since, "--since")
        _ = try time(until, "--until")
    }

    private func time(_ text: String?, _ option: String) throws -> WallTime? {
        guard let text else { return nil }
        guard let time = WallTime(given: text, now: .now) else {
            throw ValidationError(
                "\(option): \(text) is no time; such are 2026-11-24T10:30:00Z, 2026-11-24, today, yesterday, 15m, 2h, 7d."
            )
        }
        return time
    }

    /// What to read.
    /// - Throws: an exit code, after the reason was printed.
    func reader() throws -> LogReader {
        let input: LogReader.Input =
            if journal {
                .journal(JournalQuery(namespace: namespace, unit: unit, directory: directory))
            } else if path == ["-"] {
                .standardInput
            } else {
                .files(try CommandFailure.reported { () throws(LogFileError) in try LogSource.find(path) })
            }
        return LogReader(input, since: try time(since, "--since"), until: try time(until, "--until"))
    }

    /// Reads every line.
    /// - Parameter body: false ends the reading.
    /// - Returns: whether everything could be read; what could not was told.
    func readLines(_ body: (LogLine) -> Bool) throws -> Bool {
        let reader = try reader()
        var isWhole = true
        try CommandFailure.reported { () throws(LogFileError) in
            try reader.read { item in
                switch item {
                case .line(let line): return body(line)
                case .damaged(_, let error):
                    CommandFailure.tell("warning: \(error); what follows there is left out")
                    isWhole = false
                    return true
                case .begin, .unfinished: return true
                }
            }
        }
        return isWhole
    }
}

/// Failures of commands, in words for the one who gave them.
enum CommandFailure {
    /// Runs something; its error is printed and becomes exit code 1.
    static func reported<Output>(_ body: () throws(LogFileError) -> Output) throws -> Output {
        do throws(LogFileError) {
            return try body()
        } catch {
            tell("error: \(error)")
            throw ExitCode(1)
        }
    }

    /// Prints a line to standard error.
    static func tell(_ message: String) { _ = StartFailure(message: message).reported() }
}
