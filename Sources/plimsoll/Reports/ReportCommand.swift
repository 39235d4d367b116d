//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryReports
import RegistryTelemetry

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Tells how much is stored, by whom it is used, and how it grows.",
        discussion: """
            Asks the server over its control socket, or, when none runs, reads its ledger. Tables are for people; in other \
            formats sizes are bytes, and times RFC 3339 in UTC.

              plimsoll report capacity --depth 1
              plimsoll report stale --days 90 --format csv > stale.csv
              plimsoll report explain team/app

            \(ReportTerms.text)
            """,
        subcommands: [
            Capacity.self, Usage.self, Growth.self, Stale.self, Top.self, Clients.self, Explain.self, Diff.self,
            Simulate.self, ReportExportCommand.self,
        ]
    )

    struct Capacity: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How much every repository and namespace holds, and what the storage is filled with.",
            discussion: ReportTerms.text
        )
        @OptionGroup var options: ReportOptions
        @OptionGroup var scope: ReportScope
        @Option(help: ArgumentHelp("Only namespaces of at most so many parts.", valueName: "parts"))
        var depth: Int?
        @Option(help: ReportOptions.sortHelp)
        var sort: String?
        @Flag(help: "Looks at every file under the storage root, as du does; takes its time.")
        var measured = false
        @Option(help: ArgumentHelp("For focus: what 10⁹ bytes cost an hour, such as 0.000032.", valueName: "price"))
        var price: String?
        @Option(help: ArgumentHelp("For focus: the currency by ISO 4217.", valueName: "code"))
        var currency: String?

        func run() async throws {
            try await options.run(
                .capacity,
                [
                    ("scope", scope.scope), ("depth", depth.map { "\($0)" }), ("sort", sort),
                    ("measured", measured ? "true" : nil), ("price", price), ("currency", currency),
                ]
            )
        }
    }

    struct Usage: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pulls, pushes, bytes and clients of every repository."
        )
        @OptionGroup var options: ReportOptions
        @OptionGroup var scope: ReportScope
        @Option(help: ReportOptions.sinceHelp)
        var since: String?
        @Option(help: ReportOptions.sortHelp)
        var sort: String?

        func run() async throws {
            try await options.run(.usage, [("scope", scope.scope), ("since", since), ("sort", sort)])
        }
    }

    struct Growth: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How the storage has grown day by day, when the disk is full, and which repositories have grown.",
            discussion: "The last 30 days, unless --since says otherwise."
        )
        @OptionGroup var options: ReportOptions
        @OptionGroup var scope: ReportScope
        @Option(help: ReportOptions.sinceHelp)
        var since: String?
        @Option(help: ReportOptions.sortHelp)
        var sort: String?

        func run() async throws {
            try await options.run(.growth, [("scope", scope.scope), ("since", since), ("sort", sort)])
        }
    }

    struct Stale: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Repositories that nobody has pulled from, asked about or pushed to for some days."
        )
        @OptionGroup var options: ReportOptions
        @OptionGroup var scope: ReportScope
        @Option(help: ArgumentHelp("How many days.", valueName: "days"))
        var days = 90
        @Option(help: ReportOptions.sortHelp)
        var sort: String?

        func run() async throws {
            try await options.run(.stale, [("scope", scope.scope), ("days", "\(days)"), ("sort", sort)])
        }
    }

    struct Top: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The repositories that have the most of something.")
        @OptionGroup var options: ReportOptions
        @OptionGroup var scope: ReportScope
        @Option(help: ArgumentHelp("bytes (deduplicated), exclusive, logical or pulls.", valueName: "what"))
        var by = "bytes"

        func run() async throws { try await options.run(.top, [("scope", scope.scope), ("by", by)]) }
    }

    struct Clients: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Users, or addresses of those that need not say who they are, and what they have used."
        )
        @OptionGroup var options: ReportOptions
        @Option(help: ReportOptions.sinceHelp)
        var since: String?
        @Option(help: ReportOptions.sortHelp)
        var sort: String?

        func run() async throws { try await options.run(.clients, [("since", since), ("sort", sort)]) }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a repository is made of, with whom it shares it, and what its tags would free."
        )
        @Argument(help: "The repository.")
        var repository: String
        @OptionGroup var options: ReportOptions

        func run() async throws { try await options.run(.explain, [("scope", repository)]) }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What has changed between two reports of capacity that were saved with --format json."
        )
        @Argument(help: "The earlier report.")
        var old: String
        @Argument(help: "The later report.")
        var new: String
        @OptionGroup var output: ReportOutput
        @Option(help: ReportOptions.sortHelp)
        var sort: String?

        func run() async throws {
            var values = output.values
            values["sort"] = sort
            do throws(ReportFailure) {
                var request = try ReportRequest("capacity", values, now: .now)
                request.name = .diff
                let report = try ReportComparison.compare(
                    try ReportFile.read(old),
                    try ReportFile.read(new),
                    request
                )
                try output.write(AnyIterator(try ReportText(report, request)))
            } catch {
                CommandFailure.tell("error: \(error)")
                throw ExitCode(1)
            }
        }
    }
}

/// What the words of reports mean, for those who ask for help.
enum ReportTerms {
    static let text: String = {
        let length = CapacityDefinition.all.map(\.term.utf8.count).max() ?? 0
        return CapacityDefinition.all.map { definition in
            let padding = String(repeating: " ", count: length - definition.term.utf8.count)
            return "  \(definition.term)\(padding)  \(definition.meaning)"
        }.joined(separator: "\n")
    }()
}
