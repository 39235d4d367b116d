//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension EventDocuments {
    /// The page docs/events.md.
    package static var markdown: String {
        """
        <!-- Made by: plimsoll events --markdown. A test compares it with the code. -->

        # Events

        What happens beside the requests stands in the log as lines of kind `event`, each with a stable name in `event`.
        In the journal they have a `MESSAGE_ID`, by which `journalctl -x` explains them and `journalctl MESSAGE_ID=…`
        finds them; `registry_events_total{event="…"}` counts all of them. Names and ids never change.

        | event | level | counted also by | message id |
        |---|---|---|---|
        \(events.map(row).joined(separator: "\n"))

        Requests that an auditor cares for have a field `audit` in their line, and a message id in the journal:

        | `audit` | message id |
        |---|---|
        \(audits.map { "| [`\($0.name)`](#\($0.name)) | `\($0.facts.messageID)` |" }.joined(separator: "\n"))

        \((events + audits).map(section).joined(separator: "\n"))
        """
    }

    private static func row(_ item: Item) -> String {
        let metric = item.facts.metric.map { "`\($0)`" } ?? ""
        return "| [`\(item.name)`](#\(item.name)) | \(level(item)) | \(metric) | `\(item.facts.messageID)` |"
    }

    private static func level(_ item: Item) -> String { item.facts.severity?.rawValue ?? "any" }

    private static func section(_ item: Item) -> String {
        var text = "## \(item.name)\n\n"
        if item.facts.message != "request" { text += "*\(item.facts.message)*\n\n" }
        text += wrap(item.facts.meaning, at: 118) + "\n\n"
        if !item.facts.fields.isEmpty {
            text += "| field | type | meaning |\n|---|---|---|\n"
            for field in item.facts.fields {
                let meaning = field.meaning + (field.isOptional ? "; may be missing" : "")
                text += "| `\(field.rawValue)` | \(field.isNumber ? "number" : "text") | \(meaning) |\n"
            }
            text += "\n"
        }
        return text + wrap("**What to do:** " + item.facts.action, at: 118) + "\n"
    }
}
