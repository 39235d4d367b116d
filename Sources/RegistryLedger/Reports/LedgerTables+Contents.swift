//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

// What one repository is made of.

extension LedgerTables {
    /// A blob that a repository reaches.
    package struct Reached: Sendable, Equatable {
        package var id: Int64
        package var digest: Digest
        /// Nil for content that is not there.
        package var size: Int64?
        /// Repositories that reach it, this one included.
        package var repositories: Int64
    }

    package func reached(by repository: Int64) throws(LedgerError) -> [Reached] {
        var found: [Reached] = []
        try each(
            """
            SELECT blobs.id, blobs.digest, blobs.size, blobs.repository_count
            FROM repository_blobs JOIN blobs ON blobs.id = repository_blobs.blob
            WHERE repository_blobs.repository = ?1 ORDER BY blobs.id
            """,
            [.integer(repository)]
        ) { row in
            guard let digest = row.digest(1) else { return }
            found.append(
                Reached(
                    id: row.integer(0),
                    digest: digest,
                    size: row.optionalInteger(2),
                    repositories: row.integer(3)
                )
            )
        }
        return found
    }

    /// The names of repositories that reach a blob, in the order in which they came into being.
    package func repositories(reaching blob: Int64, except repository: Int64, limit: Int) throws(LedgerError)
        -> [String]
    {
        var found: [String] = []
        try each(
            """
            SELECT name FROM repository_blobs INDEXED BY repository_blobs_blob
            JOIN repositories ON repositories.id = repository_blobs.repository
            WHERE repository_blobs.blob = ?1 AND repository_blobs.repository != ?2
            ORDER BY repository_blobs.repository LIMIT ?3
            """,
            [.integer(blob), .integer(repository), .integer(Int64(limit))]
        ) { found.append($0.text(0)) }
        return found
    }

    /// How many repositories before one, in path order, reach a blob: a slash comes before all else in that order.
    package func repositories(reaching blob: Int64, before name: String) throws(LedgerError) -> Int64 {
        try wrap { () throws(SQLiteError) in
            try database.first(
                """
                SELECT count(*) FROM repository_blobs INDEXED BY repository_blobs_blob
                JOIN repositories ON repositories.id = repository_blobs.repository
                WHERE repository_blobs.blob = ?1 AND replace(name, '/', char(1)) < replace(?2, '/', char(1))
                """,
                .integer(blob),
                .text(name)
            ) { $0.integer(0) } ?? 0
        }
    }

    /// Tags and the manifests that they lead to, in byte order; 0 for one that leads nowhere.
    package func tags(of repository: Int64) throws(LedgerError) -> [(name: String, manifest: Int64)] {
        var found: [(name: String, manifest: Int64)] = []
        try each("SELECT name, manifest FROM tags WHERE repository = ?1 ORDER BY name", [.integer(repository)]) {
            found.append(($0.text(0), $0.integer(1)))
        }
        return found
    }

    /// That a manifest names a blob, both by their ids.
    package struct NamedBlob: Sendable, Equatable {
        package var manifest: Int64
        package var target: Int64
        package var kind: Kind

        package init(manifest: Int64, target: Int64, kind: Kind = .layer) {
            self.manifest = manifest
            self.target = target
            self.kind = kind
        }

        package enum Kind: String, Sendable {
            case manifest, configuration, layer

            init(_ kind: Int64) {
                switch ManifestEntry.Kind(rawValue: kind) {
                case .configuration: self = .configuration
                case .child: self = .manifest
                case .layer, .foreignLayer, nil: self = .layer
                }
            }
        }
    }

    /// What the manifests of a repository name, those of indexes included.
    package func references(in repository: Int64) throws(LedgerError) -> [NamedBlob] {
        var found: [NamedBlob] = []
        try each(
            """
            SELECT manifest_references.manifest, target, kind FROM manifest_links
            JOIN manifest_references ON manifest_references.manifest = manifest_links.manifest
            WHERE manifest_links.repository = ?1
            """,
            [.integer(repository)]
        ) { row in
            found.append(NamedBlob(manifest: row.integer(0), target: row.integer(1), kind: .init(row.integer(2))))
        }
        return found
    }

    /// Blobs that are reached by the most repositories for their size: the greatest first.
    package func sharedBlobs(limit: Int) throws(LedgerError) -> [Reached] {
        var found: [Reached] = []
        try each(
            """
            SELECT id, digest, size, repository_count FROM blobs WHERE repository_count > 1 AND size > 0
            ORDER BY size * (repository_count - 1) DESC, id LIMIT ?1
            """,
            [.integer(Int64(limit))]
        ) { row in
            guard let digest = row.digest(1) else { return }
            found.append(
                Reached(
                    id: row.integer(0),
                    digest: digest,
                    size: row.optionalInteger(2),
                    repositories: row.integer(3)
                )
            )
        }
        return found
    }
}
