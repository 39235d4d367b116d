//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryConfiguration
import RegistryObservability

/// Reads the file of traces.
struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Shows traces that were kept in a file.",
        subcommands: [ShowCommand.self, ListCommand.self]
    )

    /// Why there may be none.
    private static let share =
        "of requests that neither fail nor are slow only a share is kept: tracing.sampleratio, 0.01 by default"

    /// Where the file is.
    struct Place: ParsableArguments {
        @Option(help: "The file of traces; without it, tracing.file of the configuration.")
        var path: String?

        @Option(help: "The configuration; without it, REGISTRY_CONFIGURATION_PATH tells.")
        var config: String?

        /// The file with all that it was rotated to.
        func files() throws -> TraceFiles {
            do {
                return try TraceFiles(path: try file())
            } catch let error as LogFileError {
                throw StartFailure(message: "plimsoll trace: \(error)").reported()
            }
        }

        private func file() throws -> String {
            if let path { return path }
            do throws(StartFailure) {
                guard let file = try ConfigurationFile.load(config).tracing.file else {
                    throw StartFailure(message: "plimsoll trace: tracing.file is not configured; give --path")
                }
                return file
            } catch {
                throw error.reported()
            }
        }
    }

    struct ShowCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Draws a trace: what happened within what, when, and for how long."
        )

        @Argument(help: "The id of a trace, a traceparent, or the id of one request as in X-Request-Id.")
        var id: String

        @OptionGroup var place: Place

        func run() throws {
            guard let id = TraceIdentifier(id) else {
                let message = "plimsoll trace: \(id.debugDescription) is no whole id, which has 32 hexadecimal digits"
                throw StartFailure(message: message).reported()
            }
            let files = try place.files()
            let spans: [StoredSpan]
            do {
                spans = try files.trace(id)
            } catch {
                throw StartFailure(message: "plimsoll trace: \(error)").reported()
            }
            guard !spans.isEmpty else {
                throw StartFailure(message: "plimsoll trace: there is no trace \(id); \(TraceCommand.share)").reported()
            }
            let hasColour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
            print(Waterfall(spans, hasColour: hasColour).text, terminator: "")
        }
    }

    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists the latest requests whose trace was kept."
        )

        @OptionGroup var place: Place

        @Flag(help: "The slowest instead of the latest.")
        var slowest = false

        @Flag(help: "Only those that failed.")
        var errors = false

        @Option(help: "How many at most.")
        var limit = 20

        func validate() throws {
            if slowest, errors { throw ValidationError("--slowest and --errors exclude each other") }
            if limit < 1 { throw ValidationError("--limit must be above 0") }
        }

        func run() throws {
            let files = try place.files()
            do {
                let found = try TraceSummary.list(
                    files,
                    slowest ? .slowest : errors ? .errors : .recent,
                    limit: limit
                )
                print(TraceSummary.table(found), terminator: "")
                guard found.isEmpty else { return }
                let what = errors ? "is no trace of a request that failed" : "are no traces; \(TraceCommand.share)"
                CommandFailure.tell("plimsoll trace: there \(what)")
            } catch {
                throw StartFailure(message: "plimsoll trace: \(error)").reported()
            }
        }
    }
}
