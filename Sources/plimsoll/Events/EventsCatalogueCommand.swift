//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryObservability

struct EventsCatalogueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue",
        abstract: "Prints the catalogue of the log's events.",
        discussion: "The files in the source that are made from the catalogue are what this prints."
    )

    /// What can be printed.
    enum Form: String, EnumerableFlag {
        case catalog, markdown, schema, fields

        static func help(for value: Form) -> ArgumentHelp? {
            switch value {
            case .catalog: "For the journal: config/systemd/plimsoll.catalog."
            case .markdown: "For people: docs/events.md."
            case .schema: "The JSON schema of a line of the log: docs/log.schema.json."
            case .fields: "The table of fields in docs/observability.md."
            }
        }
    }

    @Flag(help: "The form.")
    var form = Form.markdown

    func run() {
        let text =
            switch form {
            case .catalog: EventDocuments.journalCatalog
            case .markdown: EventDocuments.markdown
            case .schema: EventDocuments.schema
            case .fields: EventDocuments.journalFields
            }
        print(text, terminator: "")
    }
}
