//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry

extension LedgerTransaction {
    /// - Parameters:
    ///   - digest: nil for a tag that leads nowhere.
    ///   - origin: who set it; nil for what was found in the storage, of which only a move is history.
    func setTag(
        _ name: String,
        to digest: Digest?,
        in repository: Int64,
        by origin: MutationOrigin?
    ) throws(SQLiteError) {
        let manifest = try digest.map { (digest) throws(SQLiteError) in try blob(digest) }
        let previous = try tag(name, in: repository)
        guard previous == nil || previous?.manifest != manifest else { return }
        try database.run(
            """
            INSERT INTO tags (repository, name, manifest, changed_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (repository, name) DO UPDATE SET manifest = excluded.manifest, changed_at = excluded.changed_at
            """,
            .integer(repository),
            .text(name),
            .optional(manifest),
            .optional(origin?.time.microseconds)
        )
        try list(repository, true)
        if previous == nil { try countTag(1, in: repository) }
        if previous != nil || origin != nil {
            try record(name, from: previous?.digest, to: digest, in: repository, by: origin)
        }
    }

    func removeTag(_ name: String, in repository: Int64, by origin: MutationOrigin?) throws(SQLiteError) {
        guard let previous = try tag(name, in: repository) else { return }
        try database.run(
            "DELETE FROM tags WHERE repository = ?1 AND name = ?2",
            .integer(repository),
            .text(name)
        )
        try countTag(-1, in: repository)
        try record(name, from: previous.digest, to: nil, in: repository, by: origin)
    }

    private func tag(_ name: String, in repository: Int64) throws(SQLiteError) -> (manifest: Int64?, digest: Digest?)? {
        try database.first(
            """
            SELECT tags.manifest, blobs.digest FROM tags LEFT JOIN blobs ON blobs.id = tags.manifest
            WHERE tags.repository = ?1 AND tags.name = ?2
            """,
            .integer(repository),
            .text(name)
        ) { ($0.optionalInteger(0), $0.digest(1)) }
    }

    private func countTag(_ count: Int64, in repository: Int64) throws(SQLiteError) {
        try database.run(
            "UPDATE repositories SET tag_count = tag_count + ?2 WHERE id = ?1",
            .integer(repository),
            .integer(count)
        )
    }

    private func record(
        _ name: String,
        from previous: Digest?,
        to digest: Digest?,
        in repository: Int64,
        by origin: MutationOrigin?
    ) throws(SQLiteError) {
        try database.run(
            """
            INSERT INTO tag_history (repository, tag, from_digest, to_digest, changed_at, actor, request)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """,
            .integer(repository),
            .text(name),
            .optional(previous),
            .optional(digest),
            .integer(origin?.time.microseconds ?? time),
            .optional(origin?.actor),
            .optional(origin?.requestID)
        )
    }
}
