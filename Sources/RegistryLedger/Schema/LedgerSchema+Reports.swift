//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension LedgerSchema {
    /// What reports need: all of use that is known at a glance, use by client, and how much there was on each day.
    static let reports = """
        -- The sums of `usage_daily`, of days that are gone too.
        CREATE TABLE usage_totals (
            kind INTEGER NOT NULL,
            repository INTEGER NOT NULL,
            reference TEXT NOT NULL,
            pulls INTEGER NOT NULL DEFAULT 0,
            heads INTEGER NOT NULL DEFAULT 0,
            pushes INTEGER NOT NULL DEFAULT 0,
            sent_bytes INTEGER NOT NULL DEFAULT 0,
            received_bytes INTEGER NOT NULL DEFAULT 0,
            last_pull INTEGER,
            last_pull_by TEXT,
            last_day INTEGER NOT NULL,
            PRIMARY KEY (kind, repository, reference)
        ) WITHOUT ROWID;
        INSERT INTO usage_totals
            SELECT kind, repository, reference, sum(pulls), sum(heads), sum(pushes), sum(sent_bytes),
                sum(received_bytes), max(last_pull), NULL, max(day)
            FROM usage_daily GROUP BY kind, repository, reference;
        UPDATE usage_totals SET last_pull_by = (
            SELECT last_pull_by FROM usage_daily AS daily
            WHERE daily.repository = usage_totals.repository AND daily.kind = usage_totals.kind
                AND daily.reference = usage_totals.reference AND daily.last_pull = usage_totals.last_pull
        );
        -- Nothing is known of use before this, in microseconds.
        INSERT INTO meta (name, value) SELECT 'usage_since',
            coalesce(min(day) * 86400000000, CAST(strftime('%s', 'now') AS INTEGER) * 1000000) FROM usage_daily;

        -- By user, or by address where nobody has to say who he is; with an empty name, those that were too many.
        CREATE TABLE client_daily (
            day INTEGER NOT NULL,
            client TEXT NOT NULL,
            pulls INTEGER NOT NULL DEFAULT 0,
            heads INTEGER NOT NULL DEFAULT 0,
            pushes INTEGER NOT NULL DEFAULT 0,
            sent_bytes INTEGER NOT NULL DEFAULT 0,
            received_bytes INTEGER NOT NULL DEFAULT 0,
            last_seen INTEGER NOT NULL,
            PRIMARY KEY (day, client)
        ) WITHOUT ROWID;

        -- How much there was, taken once a day. Null for what nobody could tell.
        CREATE TABLE capacity_daily (
            day INTEGER PRIMARY KEY,
            taken_at INTEGER NOT NULL,
            logical_bytes INTEGER NOT NULL,
            referenced_bytes INTEGER NOT NULL,
            unreferenced_bytes INTEGER NOT NULL,
            uploading_bytes INTEGER,
            repositories INTEGER NOT NULL,
            manifests INTEGER NOT NULL,
            tags INTEGER NOT NULL,
            blobs INTEGER NOT NULL,
            total_bytes INTEGER,
            free_bytes INTEGER
        );

        -- The sums of repositories on days on which they were others than before.
        CREATE TABLE repository_capacity_daily (
            repository INTEGER NOT NULL,
            day INTEGER NOT NULL,
            logical_bytes INTEGER NOT NULL,
            deduplicated_bytes INTEGER NOT NULL,
            exclusive_bytes INTEGER NOT NULL,
            PRIMARY KEY (repository, day)
        ) WITHOUT ROWID;
        """
}
