//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

struct CtlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ctl",
        abstract: "Asks a running server, and changes how it runs.",
        discussion: """
            Goes over the server's control socket, which only root and the user that the server runs as can use: \
            --socket, or http.control.socket of --config, or else where systemd's RuntimeDirectory= has it, or \
            /run/plimsoll, or $XDG_RUNTIME_DIR/plimsoll. Every change is in the server's log, with who asked for it. \
            The exit code is 1 if the server refuses, and 2 if no server can be reached.
            """,
        subcommands: [
            CtlStatusCommand.self, CtlReloadCommand.self, CtlReadOnlyCommand.self, CtlLogLevelCommand.self,
            CtlRotateCommand.self, CtlPurgeCommand.self, CtlRetainCommand.self, CtlMaintenanceCommand.self,
            CtlDeleteRepositoryCommand.self, CtlDrainCommand.self,
        ]
    )
}
