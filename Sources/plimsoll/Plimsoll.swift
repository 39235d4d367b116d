//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// The command line.
@main
struct Plimsoll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plimsoll",
        abstract: "A container registry in which everything that happens can be seen.",
        version: Version.description,
        subcommands: [
            ServeCommand.self, AuthCommand.self, ConfigCommand.self, CtlCommand.self, EventsCommand.self,
            GarbageCollectCommand.self, HtpasswdCommand.self, LedgerCommand.self, LogsCommand.self, MetricsCommand.self,
            PurgeUploadsCommand.self, ReportCommand.self, ScrubCommand.self, StorageCommand.self, TraceCommand.self,
            VersionCommand.self,
        ]
    )
}
