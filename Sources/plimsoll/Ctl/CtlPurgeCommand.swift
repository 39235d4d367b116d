//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel
import RegistryObservability

struct CtlPurgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Has the server remove uploads that nobody has ended.",
        discussion: """
            Lists them; an upload that is being written to is left, whatever its age. `plimsoll purge-uploads` does the \
            same without a server. The exit code is 1 if the storage failed at anything.
            """
    )

    @Option(
        help: ArgumentHelp(
            "How long ago an upload must have begun; else as storage.maintenance.uploadpurging.age.",
            valueName: "duration"
        )
    )
    var olderThan: String?

    @Flag(help: "Removes nothing, and only lists.")
    var dryRun = false

    @OptionGroup var options: ControlOptions

    func run() throws {
        let answer = try options.ask(
            "purge",
            isChange: true,
            [("older-than", olderThan), ("dry-run", "\(dryRun)")]
        )
        let content = answer.content
        if options.json {
            print(answer.text)
        } else {
            var table = ResultTable([.init("repository"), .init("upload"), .init("began"), .init("size", .bytes)])
            for upload in content["uploads"]?.array ?? [] {
                table.add([
                    .text(upload["repository"]?.string ?? ""), .text(upload["upload"]?.string ?? ""),
                    .text(upload["began"]?.string ?? ""), .number(Int64(upload.count("size"))),
                ])
            }
            if !table.rows.isEmpty { print(ResultFormat.table.text(of: table), terminator: "") }
            CommandFailure.tell(
                """
                \(content.count("purged")) uploads \(dryRun ? "would be removed" : "removed"), \(content.count("bytes")) \
                bytes; \(content.count("young")) are not old enough, \(content.count("in_use")) are in use, \
                \(content.count("undated")) do not say when they began
                """
            )
        }
        guard let failure = content["failure"]?.string else { return }
        CommandFailure.tell("error: \(content.count("failed")) failures; the first: \(failure)")
        throw ExitCode(1)
    }
}
