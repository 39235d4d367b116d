//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The tables, as plain SQL, and the steps from older ones.
///
/// Bytes are sizes in bytes, times are microseconds since 1970, days are days since 1970, all in UTC. A digest is the
/// bytes of `DigestKey`. Texts compare byte by byte, which is the order of every listing.
enum LedgerSchema {
    /// What `PRAGMA user_version` holds.
    static var version: Int64 { Int64(steps.count) }

    /// The steps; step n leads from version n to n + 1.
    static let steps = [contents + derived + events + use, reports, outbox]

    /// What the storage holds.
    private static let contents = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        -- One row for every name that ever was: `is_listed` tells whether the catalogue has it. The sums are those of
        -- `repository_blobs` and `manifest_links`.
        CREATE TABLE repositories (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            is_listed INTEGER NOT NULL DEFAULT 0,
            logical_bytes INTEGER NOT NULL DEFAULT 0,
            deduplicated_bytes INTEGER NOT NULL DEFAULT 0,
            exclusive_bytes INTEGER NOT NULL DEFAULT 0,
            blob_count INTEGER NOT NULL DEFAULT 0,
            manifest_count INTEGER NOT NULL DEFAULT 0,
            tag_count INTEGER NOT NULL DEFAULT 0,
            last_push INTEGER
        );
        CREATE INDEX repositories_listed ON repositories (name) WHERE is_listed = 1;

        -- Content by its digest. `size` is null for what is named somewhere and is not there. Of the repositories that
        -- reach it, `repository_count` is their number and `repository_xor` all their ids combined by exclusive or,
        -- which is the id itself where there is one.
        CREATE TABLE blobs (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            size INTEGER,
            repository_count INTEGER NOT NULL DEFAULT 0,
            repository_xor INTEGER NOT NULL DEFAULT 0
        );

        -- Blobs that are manifests, with what they say; `logical_bytes` is the size of the manifest and what it says of
        -- its configuration and layers. Annotations are an `AnnotationText`, kept where there is a subject.
        CREATE TABLE manifests (
            id INTEGER PRIMARY KEY,
            media_type TEXT NOT NULL,
            artifact_type TEXT,
            subject INTEGER,
            annotations TEXT,
            size INTEGER NOT NULL,
            logical_bytes INTEGER NOT NULL
        );
        CREATE INDEX manifests_subject ON manifests (subject) WHERE subject IS NOT NULL;

        -- What manifests name: 0 configuration, 1 layer, 2 layer that need not be there, 3 manifest of an index. `size` is
        -- what the manifest says. A subject is no reference: it need not be there.
        CREATE TABLE manifest_references (
            manifest INTEGER NOT NULL,
            target INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (manifest, target, kind)
        ) WITHOUT ROWID;
        CREATE INDEX manifest_references_child ON manifest_references (target) WHERE kind = 3;

        CREATE TABLE manifest_links (
            repository INTEGER NOT NULL,
            manifest INTEGER NOT NULL,
            linked_at INTEGER,
            PRIMARY KEY (repository, manifest)
        ) WITHOUT ROWID;
        CREATE INDEX manifest_links_manifest ON manifest_links (manifest, repository);

        -- `target` is where the link leads, which is another blob for a sha512 name of distribution's.
        CREATE TABLE layer_links (
            repository INTEGER NOT NULL,
            blob INTEGER NOT NULL,
            target INTEGER NOT NULL,
            linked_at INTEGER,
            PRIMARY KEY (repository, blob)
        ) WITHOUT ROWID;
        CREATE INDEX layer_links_blob ON layer_links (blob, repository);

        -- `manifest` is null for a tag that leads nowhere; tags of any name that a folder can have are listed.
        CREATE TABLE tags (
            repository INTEGER NOT NULL,
            name TEXT NOT NULL,
            manifest INTEGER,
            changed_at INTEGER,
            PRIMARY KEY (repository, name)
        ) WITHOUT ROWID;
        CREATE INDEX tags_manifest ON tags (manifest, repository);

        CREATE TABLE uploads (
            repository INTEGER NOT NULL,
            id TEXT NOT NULL,
            began_at INTEGER,
            PRIMARY KEY (repository, id)
        ) WITHOUT ROWID;

        """

    /// What follows from that, kept current at each change.
    private static let derived = """
        -- Which repository reaches which blob: `reference_count` manifests of it are that blob or name it, or layer
        -- links lead to it under another name.
        CREATE TABLE repository_blobs (
            repository INTEGER NOT NULL,
            blob INTEGER NOT NULL,
            reference_count INTEGER NOT NULL,
            PRIMARY KEY (repository, blob)
        ) WITHOUT ROWID;
        CREATE INDEX repository_blobs_blob ON repository_blobs (blob, repository);

        """

    /// What happens: these are not in the storage, and a rebuilding keeps them.
    private static let events = """
        -- Changes that have begun, and have not been seen to end. `items` is a line for each item.
        CREATE TABLE intents (
            id INTEGER PRIMARY KEY,
            items TEXT NOT NULL,
            began_at INTEGER NOT NULL
        );

        -- A tag that was set (from nothing), moved or removed (to nothing).
        CREATE TABLE tag_history (
            id INTEGER PRIMARY KEY,
            repository INTEGER NOT NULL,
            tag TEXT NOT NULL,
            from_digest BLOB,
            to_digest BLOB,
            changed_at INTEGER NOT NULL,
            actor TEXT,
            request TEXT
        );
        CREATE INDEX tag_history_tag ON tag_history (repository, tag, id);

        """

    /// How it is used.
    private static let use = """
        -- Kind 0: the whole repository, with an empty reference; 1: a tag; 2: a digest. `clients` is a `ClientSketch`.
        CREATE TABLE usage_daily (
            day INTEGER NOT NULL,
            repository INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            reference TEXT NOT NULL,
            pulls INTEGER NOT NULL DEFAULT 0,
            heads INTEGER NOT NULL DEFAULT 0,
            pushes INTEGER NOT NULL DEFAULT 0,
            sent_bytes INTEGER NOT NULL DEFAULT 0,
            received_bytes INTEGER NOT NULL DEFAULT 0,
            clients BLOB,
            last_pull INTEGER,
            last_pull_by TEXT,
            PRIMARY KEY (repository, kind, reference, day)
        ) WITHOUT ROWID;
        CREATE INDEX usage_daily_day ON usage_daily (day, kind);
        """
}
