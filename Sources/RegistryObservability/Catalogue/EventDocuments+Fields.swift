//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventDocuments {
    /// The table of fields and their names in the journal, for docs/observability.md.
    package static var journalFields: String {
        let rows = LogSchema.fields.map { field in
            "| `\(field.key.journalName)` | `\(field.key.name)` | \(field.meaning) |"
        }
        return (["| in the journal | in the line | meaning |", "|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }
}
