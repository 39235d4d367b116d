//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Checks, prints and explains the configuration.",
        subcommands: [
            ConfigCheckCommand.self, ConfigPrintCommand.self, ConfigExplainCommand.self, ConfigSchemaCommand.self,
            ConfigTemplateCommand.self,
        ]
    )
}

/// Which configuration is meant.
struct ConfigurationOptions: ParsableArguments {
    @Argument(help: "Path of the configuration; without it, REGISTRY_CONFIGURATION_PATH tells.")
    var file: String?

    @Flag(help: "Leave out the variables of the environment, as for a file that is meant for another machine.")
    var ignoreEnvironment = false
}
