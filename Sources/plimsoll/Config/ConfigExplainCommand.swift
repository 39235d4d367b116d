//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration

struct ConfigExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explains a key: what it does, what it takes, its default, and whether it needs a restart.",
        discussion: """
            A key is written as in http.tls.certificate, as it stands in a message (health.file.0.interval), or as a \
            variable (REGISTRY_HTTP_ADDR). Without a key, the sections are listed.
            """
    )

    @Argument(help: "The key.")
    var key: String?

    @Flag(help: "Explain every key.")
    var all = false

    @Flag(help: "Print the tables in docs/configuration.md.")
    var markdown = false

    func run() throws {
        if markdown {
            print(ConfigurationDocuments.markdown, terminator: "")
        } else if all {
            let texts = ConfigurationCatalogue.keys.map(ConfigurationDocuments.explanation)
            print(texts.joined(separator: "\n"), terminator: "")
        } else if let key {
            try explain(key)
        } else {
            print(ConfigurationDocuments.overview, terminator: "")
        }
    }

    private func explain(_ name: String) throws {
        guard let key = ConfigurationCatalogue.find(name) else {
            let meant = ConfigurationCatalogue.suggestions(for: name)
            let hint = meant.isEmpty ? "" : "; did you mean \(meant.joined(separator: " or "))?"
            throw StartFailure(message: "plimsoll: there is no key \(name.debugDescription)\(hint)").reported()
        }
        print(ConfigurationDocuments.explanation(of: key), terminator: "")
    }
}
