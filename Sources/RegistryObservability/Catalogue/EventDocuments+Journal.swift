//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension EventDocuments {
    /// The journal's message catalogue: what `journalctl -x` adds to an entry.
    ///
    /// Source: https://systemd.io/CATALOG
    package static var journalCatalog: String {
        let head = """
            # Made by: plimsoll events --catalog
            # Install it as /usr/lib/systemd/catalog/plimsoll.catalog, then run: journalctl --update-catalog

            """
        return ([head] + (events + audits).map(entry)).joined(separator: "\n")
    }

    private static func entry(_ item: Item) -> String {
        var text = """
            -- \(item.facts.messageID)
            Subject: \(subject(of: item))
            Defined-By: Plimsoll

            \(wrap(item.facts.meaning, at: 76))

            """
        let fields = item.facts.fields.filter { !$0.isOptional }
        if !fields.isEmpty {
            text += "\n" + fields.map { "\($0.rawValue): @\(JournalName.free($0.rawValue))@\n" }.joined()
        }
        return text + "\n\(wrap("What to do: " + item.facts.action, at: 76))\n"
    }

    private static func subject(of item: Item) -> String {
        item.facts.message == "request"
            ? "Plimsoll: a request was marked for audit: \(item.name)" : "Plimsoll: " + item.facts.message
    }
}
