//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration

struct ConfigSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON schema of the configuration, for editors: docs/config.schema.json."
    )

    func run() { print(ConfigurationDocuments.schema, terminator: "") }
}

struct ConfigTemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Prints a configuration with every key, most of them commented out: config/registry.yml."
    )

    func run() { print(ConfigurationDocuments.template, terminator: "") }
}
