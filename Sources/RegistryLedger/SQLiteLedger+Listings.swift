//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
import RegistryTelemetry
import Synchronization

extension SQLiteLedger: ListingIndex {
    package func repositories(after last: String?, limit: Int) async -> [String]? {
        await list { (database) throws(SQLiteError) in
            try database.rows(
                "SELECT name FROM repositories WHERE is_listed = 1 AND name > ?1 ORDER BY name LIMIT ?2",
                .text(last ?? ""),
                .integer(Int64(limit))
            ) { $0.text(0) }
        }
    }

    package func tags(in name: RepositoryName, after last: String?, limit: Int) async -> ListedTags? {
        await list { (database) throws(SQLiteError) in
            let repository = try database.first(
                "SELECT id FROM repositories WHERE name = ?1 AND is_listed = 1",
                .text(name.description)
            ) { $0.integer(0) }
            guard let repository else { return .noRepository }
            return .tags(
                try database.rows(
                    "SELECT name FROM tags WHERE repository = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
                    .integer(repository),
                    .text(last ?? ""),
                    .integer(Int64(limit))
                ) { $0.text(0) }
            )
        }
    }

    package func referrers(of subject: Digest, in name: RepositoryName) async -> [Referrer]? {
        let rows = await list { (database) throws(SQLiteError) in
            try database.rows(
                """
                SELECT blobs.digest, manifests.size, manifests.media_type, manifests.artifact_type, manifests.annotations
                FROM manifests JOIN blobs ON blobs.id = manifests.id
                JOIN manifest_links ON manifest_links.manifest = manifests.id
                WHERE manifests.subject = (SELECT id FROM blobs WHERE digest = ?1)
                    AND manifest_links.repository = (SELECT id FROM repositories WHERE name = ?2)
                ORDER BY blobs.digest
                """,
                .digest(subject),
                .text(name.description)
            ) { row in
                row.digest(0).map { digest in
                    Referrer(
                        descriptor: Descriptor(mediaType: MediaType(row.text(2)), digest: digest, size: row.integer(1)),
                        artifactType: row.optionalText(3),
                        annotations: AnnotationText.annotations(row.optionalText(4))
                    )
                }
            }
        }
        return rows?.compactMap(\.self)
    }

    /// - Returns: nil where the tree must be asked.
    private func list<Output: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(SQLiteError) -> Output
    ) async -> Output? {
        guard settings.servesListings, state.withLock({ $0.phase == .current }) else {
            instruments.listings[.tree].add()
            return nil
        }
        do throws(LedgerError) {
            let output = try await SpanScope.measure(.ledger(.listing, events: nil)) { () async throws(LedgerError) in
                try await read { (reading) throws(SQLiteError) in try body(reading.database) }
            }
            instruments.listings[.ledger].add()
            return output
        } catch {
            instruments.listings[.tree].add()
            return nil
        }
    }
}
