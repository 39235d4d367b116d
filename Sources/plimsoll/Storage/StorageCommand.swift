//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// `plimsoll storage`: what is done with a storage as a whole.
struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Moves a registry from one storage to another.",
        subcommands: [StorageCopyCommand.self]
    )
}
