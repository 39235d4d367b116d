//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel

struct CtlReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Has the server read its configuration, certificates and users again.",
        discussion: """
            If anything is wrong, all of it is told and nothing is changed. `plimsoll config explain KEY` tells of a \
            key whether it needs a restart. The same as SIGHUP and `systemctl reload plimsoll`, which tell only the log.
            """
    )

    @OptionGroup var options: ControlOptions

    func run() throws {
        try options.run("reload", isChange: true) { answer in
            let (applied, pending) = (answer.list("applied"), answer.list("needs_restart"))
            let first =
                applied.isEmpty
                ? "nothing that changed could be taken in" : "changed: " + applied.joined(separator: ", ")
            guard !pending.isEmpty else { return applied.isEmpty ? "nothing has changed" : first }
            return first + "\nneeds a restart: " + pending.joined(separator: ", ")
        }
    }
}
