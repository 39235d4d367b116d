//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel

struct CtlMaintenanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Tells what maintenance is done, and what is in the trash; ends it with --stop.",
        discussion: """
            Collections of garbage and checks of content can be ended at any moment: what is done is in order, and the \
            next one goes on from there.
            """
    )

    @Flag(help: "Ends what is done at present.")
    var stop = false

    @OptionGroup var options: ControlOptions

    func run() throws {
        if stop {
            return try options.run("maintenance-stop", isChange: true) { answer in
                answer["stopped"]?.string.map { "ended: \($0)" } ?? "nothing was done"
            }
        }
        try options.run("maintenance", isChange: false) { answer in
            var lines = ["activity: \(answer["activity"]?.string ?? "")"]
            if let collection = answer["collection"], let phase = collection["phase"]?.string, phase != "idle" {
                lines.append("\(phase): \(collection.count("swept")) of \(collection.count("planned")) blobs")
            }
            if let last = answer["collection"]?["last"], last.isObject {
                lines.append("the last collection: began \(last["began"]?.string ?? "")")
                lines.append(CollectionSummary(last).text)
            }
            if let scrub = answer["scrub"] {
                let state = scrub["began"]?.string.map { "began \($0), \(scrub.count("shard")) of 512 parts" }
                lines.append(
                    """
                    check of content: \(state ?? "none under way"); \(scrub.count("blobs")) blobs, \
                    \(scrub.count("damaged")) damaged; completed \(scrub["completed"]?.string ?? "never")
                    """
                )
            }
            for run in answer["trash"]?.array ?? [] {
                lines.append(
                    "trash: \(run["run"]?.string ?? ""), \(run.count("blobs")) blobs, \(run.count("bytes")) bytes"
                )
            }
            return lines.joined(separator: "\n")
        }
    }
}
