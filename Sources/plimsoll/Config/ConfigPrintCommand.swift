//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration

struct ConfigPrintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print",
        abstract: "Prints what holds: every key with its value and where that comes from.",
        discussion: """
            The origin is the default, a line of the file or a variable. Secrets are redacted. The YAML form can be used \
            as a configuration again, but for secrets.
            """
    )

    /// The form of what is printed.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case yaml, json
    }

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "yaml, or json: an array with an object for each value.")
    var format = Form.yaml

    func run() throws {
        do throws(StartFailure) {
            let effective = try ConfigurationFile.inspect(options.file, usesEnvironment: !options.ignoreEnvironment)
                .effective
            print(format == .yaml ? effective.yaml : effective.json, terminator: "")
        } catch {
            throw error.reported()
        }
    }
}
