//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CSQLite

/// What SQLite refuses with.
///
/// Source: SQLite, "Result and Error Codes".
struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended result code.
    let code: Int32
    /// SQLite's own words.
    let message: String

    /// The kinds of failure that callers tell apart.
    var kind: LedgerError.Kind {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: .locked
        case SQLITE_FULL: .noSpace
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
        default: .failed
        }
    }

    var description: String { "SQLite \(code): \(message)" }
}
