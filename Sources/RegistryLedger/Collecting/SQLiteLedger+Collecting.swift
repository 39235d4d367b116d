//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
import RegistryTelemetry
import Synchronization

extension LedgerTables {
    /// What nothing needs.
    /// - Parameter goneTags: tags that count as if they were gone, by their repositories; only where untagged manifests go.
    package func unreachable(
        _ rules: MarkRules,
        without goneTags: [String: Set<String>] = [:]
    ) throws(LedgerError) -> Unreachable {
        try wrap { () throws(SQLiteError) in
            try LedgerMark(database: database, rules: rules, goneTags: goneTags).run()
        }
    }
}

extension SQLiteLedger {
    /// Finds what nothing needs, with all changes counted that ended before.
    /// - Throws: `unavailable` unless the ledger is current.
    package func mark(_ rules: MarkRules) async throws(LedgerError) -> Unreachable {
        try await current { (tables) throws(LedgerError) in try tables.unreachable(rules) }
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
