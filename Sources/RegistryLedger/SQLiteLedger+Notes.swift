//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension SQLiteLedger {
    /// What others have noted, by name; gone with the ledger.
    package func note(_ name: String) async throws(LedgerError) -> String? {
        try await read { (reading) throws(SQLiteError) in try reading.database.meta(name) }
    }

    /// Notes something durably.
    package func setNote(_ name: String, _ value: String) async throws(LedgerError) {
        try await writer.perform(durably: true) { (transaction) throws(SQLiteError) in
            try transaction.setMeta(name, value)
        }
    }
}
