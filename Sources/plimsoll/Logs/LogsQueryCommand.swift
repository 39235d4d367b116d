//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryObservability

struct LogsQueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Answers the usual questions about requests.",
        discussion: """
            In tables numbers have units; in JSON and CSV they are exact, in bytes and microseconds.

              plimsoll logs query slowest --path /var/log/plimsoll --since 1h
              plimsoll logs query routes --path /var/log/plimsoll
              plimsoll logs query errors --journal --since today
              plimsoll logs query who-pulled library/alpine:3.20 --path /var/log/plimsoll
              plimsoll logs query repositories --path /var/log/plimsoll --format csv > usage.csv
              plimsoll logs query request a8a37e0b24c30f2200000526550cc6d4 --path /var/log/plimsoll
            """,
        subcommands: [
            Slowest.self, Routes.self, Errors.self, Pulls.self, Pushes.self, Repositories.self, Clients.self,
            Request.self, WhoPulled.self,
        ]
    )

    struct Options: ParsableArguments {
        @OptionGroup var input: LogInputOptions

        @Option(help: ArgumentHelp("table, json or csv.", valueName: "format"))
        var format: ResultFormat = .table

        @Option(help: ArgumentHelp("Rows at most.", valueName: "rows"))
        var top = 10

        func validate() throws {
            guard top > 0 else { throw ValidationError("--top must be at least 1.") }
        }

        /// Reads the log, asks, and prints the answer.
        /// - Returns: the query, which has seen every line.
        @discardableResult
        func answer<Query: LogQuery>(_ query: Query) throws -> Query {
            var query = query
            let isWhole = try input.readLines { line in
                query.take(line)
                return true
            }
            print(format.text(of: query.answer(top: top)), terminator: "")
            if !isWhole { throw ExitCode(1) }
            return query
        }
    }

    struct Slowest: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The requests that took longest.")
        @OptionGroup var options: Options
        func run() throws { try options.answer(SlowestRequests(top: options.top)) }
    }

    struct Routes: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How long requests take by route and method, slowest first; quantiles are exact to 2 %."
        )
        @OptionGroup var options: Options
        func run() throws { try options.answer(SlowestRoutes()) }
    }

    struct Errors: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Requests that did not end well, by error code, with the last example."
        )
        @OptionGroup var options: Options
        func run() throws { try options.answer(ErrorsByCode()) }
    }

    struct Pulls: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Images pulled and their bytes, by repository.")
        @OptionGroup var options: Options
        func run() throws { try options.answer(Transfers(.pulls, by: .repository)) }
    }

    struct Pushes: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Images pushed and their bytes, by repository.")
        @OptionGroup var options: Options
        func run() throws { try options.answer(Transfers(.pushes, by: .repository)) }
    }

    struct Repositories: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Requests, bytes and errors by repository.")
        @OptionGroup var options: Options
        func run() throws { try options.answer(Totals(by: .repository)) }
    }

    struct Clients: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Requests, bytes and errors by client program.")
        @OptionGroup var options: Options
        func run() throws { try options.answer(Totals(by: .client)) }
    }

    struct Request: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Everything known of one request.",
            discussion: "The exit code is 1 if there is none."
        )
        @Argument(help: "Its X-Request-Id as answered, the id that its client sent, or its trace id.")
        var id: String
        @OptionGroup var options: Options

        func run() throws {
            guard try options.answer(RequestByID(id)).isFound else {
                CommandFailure.tell("error: there is no request \(id)")
                throw ExitCode(1)
            }
        }
    }

    struct WhoPulled: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "who-pulled",
            abstract: "Who pulled from a repository: user, address and program.",
            discussion: "With a tag or a digest only pulls of that; layers of other images are not counted then."
        )
        @Argument(help: "REPOSITORY, REPOSITORY:TAG or REPOSITORY@DIGEST.")
        var what: String
        @OptionGroup var options: Options
        func run() throws { try options.answer(Transfers(.pulls, by: .actor, of: Transfers.Filter(what))) }
    }
}
