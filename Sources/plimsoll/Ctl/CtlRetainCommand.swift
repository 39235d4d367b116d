//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryMaintenance
import RegistryModel
import RegistryObservability

struct CtlRetainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retain",
        abstract: "Has the server remove the tags that storage.maintenance.retention does not keep.",
        discussion: """
            Lists them. What they led to stays until it is collected: see plimsoll garbage-collect. The exit code is 1 \
            if some could not be removed.
            """
    )

    @Flag(help: "Removes nothing, and only lists.")
    var dryRun = false

    @OptionGroup var options: ControlOptions

    func run() throws {
        let answer = try options.ask("retain", isChange: true, [("dry-run", "\(dryRun)")])
        let content = answer.content
        if options.json {
            print(answer.text)
        } else {
            var table = ResultTable([
                .init("repository"), .init("tag"), .init("set"), .init("pulled"), .init("rule"),
            ])
            for tag in content["tags"]?.array ?? [] {
                table.add(
                    ["repository", "tag", "set", "pulled", "rule"].map { .text(tag[$0]?.string ?? "") }
                )
            }
            if !table.rows.isEmpty { print(ResultFormat.table.text(of: table), terminator: "") }
            let kept: [String] = RetentionVerdict.Reason.allCases.compactMap { reason in
                let count = content["kept"]?.count(reason.rawValue) ?? 0
                return count > 0 ? "\(count) \(reason.rawValue)" : nil
            }
            CommandFailure.tell(
                """
                \(content.count("removed")) tags \(dryRun ? "would be removed" : "removed"); kept: \
                \(kept.isEmpty ? "none" : kept.joined(separator: ", "))
                """
            )
        }
        guard let failure = content["failure"]?.string else { return }
        CommandFailure.tell("error: \(content.count("failed")) failures; the first: \(failure)")
        throw ExitCode(1)
    }
}
