//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry
import Synchronization

/// What is known of a tag when it is decided about.
package struct TagFacts: Sendable, Equatable {
    package var name: String
    /// Nil for a tag that leads nowhere.
    package var digest: Digest?
    /// When it was set last; nil where nobody knows.
    package var changed: WallTime?
    /// The last GET or HEAD by the tag, or by the digest that it leads to; nil for none that is known.
    package var pulled: WallTime?

    package init(name: String, digest: Digest?, changed: WallTime?, pulled: WallTime?) {
        self.name = name
        self.digest = digest
        self.changed = changed
        self.pulled = pulled
    }
}

extension LedgerTables {
    /// What is known of the tags of a repository, in byte order of their names.
    /// - Parameter tag: nil for all.
    package func tagFacts(of name: String, _ tag: String? = nil) throws(LedgerError) -> [TagFacts] {
        try wrap { () throws(SQLiteError) in
            guard let repository = try database.repositoryID(name) else { return [] }
            let rows = try database.rows(
                """
                SELECT tags.name, blobs.digest, tags.changed_at FROM tags LEFT JOIN blobs ON blobs.id = tags.manifest
                WHERE tags.repository = ?1 AND (?2 IS NULL OR tags.name = ?2) ORDER BY tags.name
                """,
                .integer(repository),
                .optional(tag)
            ) { (name: $0.text(0), digest: $0.digest(1), changed: $0.optionalInteger(2)) }
            var facts: [TagFacts] = []
            for row in rows {
                var pulls = [try database.lastPull(of: repository, kind: 1, row.name)]
                if let digest = row.digest {
                    pulls.append(try database.lastPull(of: repository, kind: 2, digest.description))
                }
                facts.append(
                    TagFacts(
                        name: row.name,
                        digest: row.digest,
                        changed: row.changed.map { WallTime(microseconds: $0) },
                        pulled: pulls.compactMap(\.self).max().map { WallTime(microseconds: $0) }
                    )
                )
            }
            return facts
        }
    }

    /// Names of the repositories of the catalogue after a text, in byte order.
    package func repositoryNames(after last: String?, limit: Int) throws(LedgerError) -> [String] {
        try wrap { () throws(SQLiteError) in
            try database.rows(
                "SELECT name FROM repositories WHERE is_listed = 1 AND name > ?1 ORDER BY name LIMIT ?2",
                .text(last ?? ""),
                .integer(Int64(limit))
            ) { $0.text(0) }
        }
    }
}

extension SQLiteLedger {
    /// Reads for what acts on what it reads.
    /// - Throws: `unavailable` unless the ledger is current: what it does not know yet would look as if nobody needed it.
    package func current<Output: Sendable>(
        _ body: @escaping @Sendable (LedgerTables) throws(LedgerError) -> Output
    ) async throws(LedgerError) -> Output {
        guard state.withLock({ $0.phase == .current && !$0.hasMissed }) else {
            throw LedgerError(.unavailable, "the ledger is not current: plimsoll ledger status tells why")
        }
        return try await report(body)
    }
}

extension SQLiteConnection {
    /// When a tag or a digest of a repository was pulled last, in microseconds since 1970; nil for never.
    fileprivate func lastPull(of repository: Int64, kind: Int64, _ reference: String) throws(SQLiteError) -> Int64? {
        try first(
            "SELECT last_pull FROM usage_totals WHERE kind = ?1 AND repository = ?2 AND reference = ?3",
            .integer(kind),
            .integer(repository),
            .text(reference)
        ) { $0.optionalInteger(0) } ?? nil
    }
}
