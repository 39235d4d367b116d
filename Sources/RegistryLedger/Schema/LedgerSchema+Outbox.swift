//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension LedgerSchema {
    /// Events for others: promised with their changes, then kept until all have them.
    static let outbox = """
        -- Events of changes that have begun, by the intents of these. Each comes true with what is so of `item` then: it leads
        -- to `digest`, or is gone where that is null. `endpoints` is a line for each name.
        CREATE TABLE promised_events (
            intent INTEGER NOT NULL,
            number INTEGER NOT NULL,
            item TEXT NOT NULL,
            digest BLOB,
            event_id TEXT NOT NULL,
            repository TEXT NOT NULL,
            action TEXT NOT NULL,
            time INTEGER NOT NULL,
            body TEXT NOT NULL,
            trace TEXT NOT NULL,
            endpoints TEXT NOT NULL,
            PRIMARY KEY (intent, number)
        ) WITHOUT ROWID;

        -- The last position that was given to an event.
        CREATE TABLE outbox_position (id INTEGER PRIMARY KEY CHECK (id = 0), position INTEGER NOT NULL);
        INSERT INTO outbox_position (id, position) VALUES (0, 0);

        -- Those that events are for, with the sums of their queues.
        CREATE TABLE outbox_endpoints (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            waiting INTEGER NOT NULL DEFAULT 0,
            waiting_bytes INTEGER NOT NULL DEFAULT 0,
            dead INTEGER NOT NULL DEFAULT 0
        );

        -- Events that have come true. `uses` is how many rows of queues and of dead letters name it; without any it is kept
        -- for a while, for those who want it again.
        CREATE TABLE outbox (
            position INTEGER PRIMARY KEY,
            event_id TEXT NOT NULL UNIQUE,
            repository TEXT NOT NULL,
            action TEXT NOT NULL,
            time INTEGER NOT NULL,
            came_at INTEGER NOT NULL,
            body TEXT NOT NULL,
            trace TEXT NOT NULL,
            uses INTEGER NOT NULL
        );
        CREATE INDEX outbox_done ON outbox (came_at) WHERE uses = 0;

        -- `event` is the position that it came with; its place in the queue is another after it was put there again.
        CREATE TABLE outbox_queue (
            endpoint INTEGER NOT NULL,
            position INTEGER NOT NULL,
            event INTEGER NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (endpoint, position)
        ) WITHOUT ROWID;
        -- Those that were put there again; of all others the event is the position.
        CREATE INDEX outbox_queue_again ON outbox_queue (event) WHERE position <> event;

        CREATE TABLE dead_letters (
            endpoint INTEGER NOT NULL,
            position INTEGER NOT NULL,
            event INTEGER NOT NULL,
            size INTEGER NOT NULL,
            reason TEXT NOT NULL,
            detail TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            died_at INTEGER NOT NULL,
            PRIMARY KEY (endpoint, position)
        ) WITHOUT ROWID;
        CREATE INDEX dead_letters_event ON dead_letters (event);
        CREATE INDEX dead_letters_age ON dead_letters (endpoint, died_at);
        """
}
