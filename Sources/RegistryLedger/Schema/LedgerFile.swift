//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// The file of a ledger: opened, brought up to date, set aside when it is damaged.
enum LedgerFile {
    /// Opens it for writing, with the tables of now.
    ///
    /// An older one is copied beside it first.
    /// - Throws: `newer` if a later Plimsoll wrote it.
    static func open(_ path: String) throws(LedgerError) -> SQLiteConnection {
        do throws(SQLiteError) {
            let connection = try SQLiteConnection(path, .writing)
            try connection.execute(settings)
            let version = try version(of: connection)
            guard version <= LedgerSchema.version else {
                throw SQLiteError(code: newerVersion, message: "")
            }
            if version < LedgerSchema.version { try migrate(connection, from: version, path) }
            return connection
        } catch {
            guard error.code != newerVersion else {
                throw LedgerError(.newer, "\(path) was written by a later version")
            }
            throw LedgerError(error)
        }
    }

    /// An outbox in memory, with the tables that this needs; gone when it is closed.
    static func outboxInMemory() throws(LedgerError) -> SQLiteConnection {
        do throws(SQLiteError) {
            let connection = try SQLiteConnection(":memory:", .writing)
            try connection.execute(LedgerSchema.outbox)
            return connection
        } catch {
            throw LedgerError(error)
        }
    }

    /// Opens it for reading, as it is.
    static func openForReading(_ path: String) throws(SQLiteError) -> SQLiteConnection {
        let connection = try SQLiteConnection(path, .reading)
        try connection.execute("PRAGMA mmap_size = 268435456; PRAGMA cache_size = -8192;")
        return connection
    }

    private static let newerVersion: Int32 = -1

    /// `LedgerWriter` says which commits wait for the disk.
    ///
    /// The log goes into the file every 16 MiB: a change touches few pages, and most of them are those of the change before.
    private static let settings = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA cache_size = -32768;
        PRAGMA temp_store = MEMORY;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA foreign_keys = OFF;
        """

    private static func version(of connection: SQLiteConnection) throws(SQLiteError) -> Int64 {
        try connection.first("PRAGMA user_version") { $0.integer(0) } ?? 0
    }

    private static func migrate(_ connection: SQLiteConnection, from version: Int64, _ path: String)
        throws(SQLiteError)
    {
        if version > 0 {
            let copy = "\(path).version-\(version)"
            unlink(copy)
            try connection.run("VACUUM INTO ?1", .text(copy))
        }
        try connection.transaction { () throws(SQLiteError) in
            for step in LedgerSchema.steps[Int(version)...] { try connection.execute(step) }
            try connection.execute("PRAGMA user_version = \(LedgerSchema.version)")
        }
    }

    /// Moves a damaged file out of the way, with what belongs to it.
    /// - Returns: where it is now.
    static func setAside(_ path: String, at seconds: Int64) -> String {
        let aside = "\(path).damaged-\(seconds)"
        for suffix in ["", "-wal", "-shm"] { rename(path + suffix, aside + suffix) }
        return aside
    }
}
