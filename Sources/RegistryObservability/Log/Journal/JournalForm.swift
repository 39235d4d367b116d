//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What the journal gets as `MESSAGE`.
package enum JournalMessage: Sendable {
    /// The same JSON line as all sinks, so that `journalctl -o cat | jq` works.
    case json
    /// A short text for people.
    case text
}

/// How entries look in the journal.
struct JournalForm: Sendable {
    let message: JournalMessage
    /// Entries in a datagram at most.
    ///
    /// The protocol as systemd describes it has one, https://systemd.io/JOURNAL_NATIVE_PROTOCOL/. journald reads more, with
    /// an empty line between them, and is woken once for them.
    var batch = 1
}
