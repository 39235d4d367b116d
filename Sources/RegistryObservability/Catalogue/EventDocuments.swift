//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What is made from the catalogue of events and the schema of the log: documents that must not drift from the code.
package enum EventDocuments {
    /// An event or an audited request, as a document has it.
    struct Item {
        let name: String
        let facts: EventFacts
    }

    /// Events in the order of the catalogue, then what is of interest to auditors.
    static var events: [Item] { EventName.allCases.map { Item(name: $0.rawValue, facts: $0.facts) } }
    static var audits: [Item] { AuditAction.allCases.map { Item(name: $0.rawValue, facts: $0.facts) } }

    /// Breaks text into lines.
    static func wrap(_ text: String, at width: Int) -> String {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n")
    }
}
