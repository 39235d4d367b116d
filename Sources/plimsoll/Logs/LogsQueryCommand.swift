//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel
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

        @Option(
            help: ArgumentHelp(
                "Rows at most; 0 for all. Without it 10 in a table, and all in JSON and CSV.",
                valueName: "rows"
            )
        )
        var top: Int?

        func validate() throws {
            guard top ?? 0 >= 0 else { throw ValidationError("--top must be at least 0.") }
        }

        /// Rows at most; nil for all.
        var limit: Int? {
            guard let top else { return format == .table ? 10 : nil }
            return top == 0 ? nil : top
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
            let table = query.answer(top: limit)
            let isCut = format == .table && table.omitted > 0
            let more = isCut ? "… and \(table.omitted) more; --top 0 prints all\n" : ""
            try CommandFailure.print(format.text(of: table) + more)
            if !isWhole { throw ExitCode(1) }
            return query
        }
    }

    struct Slowest: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The requests that took longest.")
        @OptionGroup var options: Options
        func run() throws { try options.answer(SlowestRequests(top: options.limit)) }
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
            discussion: """
                With a tag or a digest only pulls of that; layers are not counted then. A client that asked for a tag \
                and then pulled the digest that it was told has pulled the tag.
                """
        )
        @Argument(help: "REPOSITORY, REPOSITORY:TAG or REPOSITORY@DIGEST.", transform: WhoPulled.filter)
        var what: TransferFilter
        @OptionGroup var options: Options

        func run() throws {
            let query = try options.answer(Transfers(.pulls, by: .actor, of: what))
            if !query.hasMetRepository { CommandFailure.tell("no line names the repository \(what.repository)") }
        }

        @Sendable private static func filter(_ text: String) throws -> TransferFilter {
            do throws(RegistryError) {
                return try TransferFilter(text)
            } catch {
                throw ValidationError("\(text.isEmpty ? "nothing" : text) cannot be pulled: \(error.detail ?? "")")
            }
        }
    }
}
