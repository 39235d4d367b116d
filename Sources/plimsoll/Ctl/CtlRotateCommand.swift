//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

struct CtlRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Rotates the log file now.",
        discussion: "The same as SIGUSR1. The log has log_rotated when it is done."
    )

    @OptionGroup var options: ControlOptions

    func run() throws { try options.run("rotate", isChange: true) { _ in "the log file is being rotated" } }
}
