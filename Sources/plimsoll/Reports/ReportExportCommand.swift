//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryReports
import RegistryTelemetry

struct ReportExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes whole tables for other programs, all of them from one moment.",
        discussion: """
            Reads the ledger's file, beside a server that runs or without one. See docs/exports.md for the tables, and \
            reports.schedule for exports that are made by the clock.
            """
    )

    @Option(help: ArgumentHelp("A new folder, which is there when it is whole.", valueName: "folder"))
    var output: String

    @Option(help: ArgumentHelp("csv or jsonl; both unless told.", valueName: "format"))
    var format: [String] = []

    @Option(help: ArgumentHelp("The server's configuration.", valueName: "file"))
    var config: String?

    func run() async throws {
        do throws(ReportFailure) {
            var formats: [ExportFormat] = []
            for name in format {
                guard let format = ExportFormat(rawValue: name) else {
                    throw ReportFailure(.invalid, "format: \(name) is neither csv nor jsonl")
                }
                formats.append(format)
            }
            let chosen = ExportFormat.allCases.filter { formats.isEmpty || formats.contains($0) }
            let manifest = try await ReportOptions.offlineReporter(config).export(chosen, to: output)
            let rows = manifest.files.reduce(0) { $0 + $1.rows }
            CommandFailure.tell("\(manifest.files.count) files, \(rows) rows, as of \(manifest.takenAt.description)")
        } catch {
            CommandFailure.tell("error: \(error)")
            throw ExitCode(error.kind == .unavailable ? 2 : 1)
        }
    }
}
