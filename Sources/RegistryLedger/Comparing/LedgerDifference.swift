//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Something that the ledger has otherwise than the storage.
package struct LedgerDifference: Sendable, Equatable {
    /// `blob`, `repository`, `layer`, `manifest`, `tag`, `upload`, or `sum` for what the ledger has computed wrongly.
    package var kind: String
    /// Empty for content.
    package var repository: String
    /// What it is called: a digest, a tag, an upload, a column.
    package var name: String
    /// As the ledger has it; nil for what it has not.
    package var ledger: String?
    /// As the storage has it; nil for what it has not.
    package var storage: String?

    package init(_ kind: String, _ repository: String, _ name: String, ledger: String?, storage: String?) {
        self.kind = kind
        self.repository = repository
        self.name = name
        self.ledger = ledger
        self.storage = storage
    }
}
