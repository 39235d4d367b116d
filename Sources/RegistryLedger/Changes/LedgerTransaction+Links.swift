//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

extension LedgerTransaction {
    // MARK: Layers

    /// - Parameter time: when it was linked, in microseconds since 1970; nil where that is not known.
    func linkLayer(_ digest: Digest, to target: Digest, in repository: Int64, at time: Int64?) throws(SQLiteError) {
        let (blob, target) = (try blob(digest), try blob(target))
        let previous = try database.first(
            "SELECT target FROM layer_links WHERE repository = ?1 AND blob = ?2",
            .integer(repository),
            .integer(blob)
        ) { $0.integer(0) }
        guard previous != target else { return }
        try database.run(
            """
            INSERT INTO layer_links (repository, blob, target, linked_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (repository, blob) DO UPDATE SET target = excluded.target
            """,
            .integer(repository),
            .integer(blob),
            .integer(target),
            .optional(time)
        )
        try list(repository, true)
        // Content that goes by another name than its own is reached by the link, since no manifest names it.
        if let previous, previous != blob { try leave(previous, from: repository) }
        if target != blob { try reach(target, from: repository) }
    }

    func unlinkLayer(_ digest: Digest, in repository: Int64) throws(SQLiteError) {
        guard let blob = try knownBlob(digest),
            let target = try database.first(
                "DELETE FROM layer_links WHERE repository = ?1 AND blob = ?2 RETURNING target",
                .integer(repository),
                .integer(blob),
                as: { $0.integer(0) }
            )
        else { return }
        if target != blob { try leave(target, from: repository) }
    }

    // MARK: Manifests

    /// - Parameter time: when it was pushed, in microseconds since 1970; nil where that is not known.
    func linkManifest(_ manifest: ManifestEntry, in repository: Int64, at time: Int64?) throws(SQLiteError) {
        let id = try keep(manifest)
        try setSize(id, manifest.size)
        try linkKnownManifest(id, in: repository, at: time)
    }

    /// Links a manifest that is kept already.
    func linkKnownManifest(_ id: Int64, in repository: Int64, at time: Int64?) throws(SQLiteError) {
        let isNew = try database.run(
            "INSERT INTO manifest_links (repository, manifest, linked_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            .integer(repository),
            .integer(id),
            .optional(time)
        )
        try database.run(
            "UPDATE repositories SET is_listed = 1, last_push = coalesce(?2, last_push) WHERE id = ?1",
            .integer(repository),
            .optional(time)
        )
        guard isNew > 0 else { return }
        try countManifest(id, 1, in: repository)
        try reach(id, from: repository)
        for target in try targets(of: id) { try reach(target, from: repository) }
    }

    func unlinkManifest(_ digest: Digest, in repository: Int64) throws(SQLiteError) {
        guard let id = try knownBlob(digest) else { return }
        let removed = try database.run(
            "DELETE FROM manifest_links WHERE repository = ?1 AND manifest = ?2",
            .integer(repository),
            .integer(id)
        )
        guard removed > 0 else { return }
        try countManifest(id, -1, in: repository)
        try leave(id, from: repository)
        for target in try targets(of: id) { try leave(target, from: repository) }
    }

    /// Keeps what a manifest says, which never changes under its digest.
    func keep(_ manifest: ManifestEntry) throws(SQLiteError) -> Int64 {
        let id = try blob(manifest.digest)
        let isNew = try database.run(
            """
            INSERT INTO manifests (id, media_type, artifact_type, subject, annotations, size, logical_bytes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING
            """,
            .integer(id),
            .text(manifest.mediaType),
            .optional(manifest.artifactType),
            .optional(try manifest.subject.map { (digest) throws(SQLiteError) in try blob(digest) }),
            .optional(manifest.annotations),
            .integer(manifest.size),
            .integer(manifest.logicalBytes)
        )
        guard isNew > 0 else { return id }
        for reference in manifest.references {
            try database.run(
                """
                INSERT INTO manifest_references (manifest, target, kind, size) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO NOTHING
                """,
                .integer(id),
                .integer(try blob(reference.digest)),
                .integer(reference.kind.rawValue),
                .integer(reference.size)
            )
        }
        return id
    }

    private func targets(of manifest: Int64) throws(SQLiteError) -> [Int64] {
        try database.rows("SELECT target FROM manifest_references WHERE manifest = ?1", .integer(manifest)) {
            $0.integer(0)
        }
    }

    private func countManifest(_ id: Int64, _ count: Int64, in repository: Int64) throws(SQLiteError) {
        try database.run(
            """
            UPDATE repositories SET manifest_count = manifest_count + ?3,
                logical_bytes = logical_bytes + ?3 * (SELECT logical_bytes FROM manifests WHERE id = ?2)
            WHERE id = ?1
            """,
            .integer(repository),
            .integer(id),
            .integer(count)
        )
    }
}
