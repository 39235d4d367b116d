//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
import RegistryTelemetry
import Synchronization

extension SQLiteLedger {
    /// Finds what nothing needs, with all changes counted that ended before.
    /// - Throws: `unavailable` unless the ledger is current.
    package func mark(_ rules: MarkRules) async throws(LedgerError) -> Unreachable {
        guard state.withLock({ $0.phase == .current && !$0.hasMissed }) else {
            throw LedgerError(.unavailable, "the ledger is not current")
        }
        return try await read { (reading) throws(SQLiteError) in
            try LedgerMark(database: reading.database, rules: rules).run()
        }
    }

    /// Those of some content that a manifest of some repository names.
    package func reached(among digests: [Digest]) async throws(LedgerError) -> Set<Digest> {
        try await read { (reading) throws(SQLiteError) in
            var reached: Set<Digest> = []
            for digest in digests {
                let count = try reading.database.first(
                    "SELECT repository_count FROM blobs WHERE digest = ?1",
                    .digest(digest)
                ) { $0.integer(0) }
                if count ?? 0 > 0 { reached.insert(digest) }
            }
            return reached
        }
    }
}
