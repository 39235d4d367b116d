//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
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

    @Option(help: ArgumentHelp("With --journal: this journal namespace alone, not all.", valueName: "name"))
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
        let window = try self.window
        if let since = window.since, let until = window.until, since.microseconds >= until.microseconds {
            throw ValidationError("--since (\(since.description)) must be before --until (\(until.description)).")
        }
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

    /// The time of interest.
    var window: TimeWindow {
        get throws { TimeWindow(since: try time(since, "--since"), until: try time(until, "--until")) }
    }

    /// Reads what there is.
    /// - Parameters:
    ///   - choice: what bounds of time choose.
    ///   - body: gets the items; false ends the reading.
    /// - Returns: how much of it is a log.
    /// - Throws: an exit code, after the reason was printed: it cannot be read, or is no log.
    func read(choosing choice: LogReader.Choice, _ body: (LogReader.Item) -> Bool) throws -> ReadingTally {
        let input: LogReader.Input =
            if journal {
                .journal(JournalQuery(namespace: namespace, unit: unit, directory: directory))
            } else {
                path == ["-"] ? .standardInput : .paths(path)
            }
        let reader = LogReader(input, try window, choosing: choice)
        let tally = try CommandFailure.reported { () throws(LogFileError) in try reader.read(body) }
        if journal, tally.lines == 0 {
            CommandFailure.tell("hint: \(emptyJournal)")
        } else if tally.isNoLog {
            let source = path == ["-"] ? "standard input" : tally.foreign.first?.source ?? path.joined(separator: ", ")
            CommandFailure.tell("error: \(source) is not a log of Plimsoll")
            throw ExitCode(1)
        }
        return tally
    }

    private var emptyJournal: String {
        let place = namespace.map { "the journal namespace \($0), if there is one," } ?? "the journal"
        let more = [unit.map { "of unit \($0)" }, since.map { "since \($0)" }].compactMap { $0 }.joined(separator: " ")
        return "\(place) has no entries of a registry \(more.isEmpty ? "" : more + " ")that this user may read"
    }

    /// Reads every line.
    ///
    /// What is left out is told.
    /// - Parameter body: false ends the reading.
    /// - Returns: whether everything could be read.
    func readLines(_ body: (LogLine) -> Bool) throws -> Bool {
        var isWhole = true
        let tally = try read(choosing: .lines) { item in
            switch item {
            case .line(let line): return body(line)
            case .damaged(_, let error):
                CommandFailure.tell("warning: \(error); what follows there is left out")
                isWhole = false
            case .unfinished(let source):
                if !source.isBeingWritten {
                    CommandFailure.tell("warning: \(source.path): the last line is torn, and left out")
                }
            case .begin: break
            }
            return true
        }
        for (source, lines) in tally.foreign {
            CommandFailure.tell(
                "warning: \(source): \(lines) \(lines == 1 ? "line is" : "lines are") none of a log, and left out"
            )
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

    /// Has everything written that was added.
    /// - Throws: an exit code if it could not be; the reason was printed, save that a reader such as head had enough.
    static func finish(_ copy: inout LogCopy) throws {
        copy.flush()
        guard let number = copy.failure else { return }
        if number != EPIPE { tell("error: standard output: \(String(cString: strerror(number)))") }
        throw ExitCode(1)
    }

    /// Prints text to standard output.
    /// - Throws: as ``finish(_:)`` does.
    static func print(_ text: String) throws {
        var copy = LogCopy(to: STDOUT_FILENO)
        copy.add(text)
        try finish(&copy)
    }
}
