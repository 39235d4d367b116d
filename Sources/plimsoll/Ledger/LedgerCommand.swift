//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Looks after the index of what is stored.",
        discussion: """
            The ledger is derived from the storage, and found out anew when it is lost; see docs/ledger.md. While a \
            server runs, it is the owner of its ledger, and these commands ask it over its control socket.
            """,
        subcommands: [LedgerStatusCommand.self, LedgerVerifyCommand.self, LedgerRebuildCommand.self]
    )
}
