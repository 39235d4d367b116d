//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryModel

struct CtlDrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Ends the server after the requests under way.",
        discussion: """
            The same as SIGTERM: no further requests are taken, those under way have http.draintimeout. What starts \
            servers again when they end in order, starts it again.
            """
    )

    @Flag(help: "Waits until the server has ended.")
    var wait = false

    @OptionGroup var options: ControlOptions

    func run() throws {
        var process: Int32 = 0
        if wait { process = Int32(truncatingIfNeeded: try options.ask("status", isChange: false).content.count("pid")) }
        try options.run("drain", isChange: true) { answer in
            """
            the server ends after the \(answer.count("requests")) requests under way, in \(answer.count("timeout_s")) s \
            at the latest
            """
        }
        // Signal 0 only asks whether there is such a process.
        while process > 0, kill(process, 0) == 0 || errno == EPERM { usleep(100_000) }
    }
}
