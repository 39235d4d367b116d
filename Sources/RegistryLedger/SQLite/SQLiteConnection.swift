//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CSQLite

/// An open database.
///
/// Used by one thread at a time: by the thread that writes, or by whoever has taken it from `ReaderPool`; that is what
/// makes it safe to hand around. Every call may wait for a disk.
final class SQLiteConnection: @unchecked Sendable {
    private let handle: OpaquePointer
    /// Prepared once and kept, by the address of their text, which is a literal.
    private var statements: [UInt: OpaquePointer] = [:]
    /// Whether commits wait for the disk; SQLite's default.
    private var isDurable = true

    enum Mode {
        /// Reads and writes, and makes the file when it is missing.
        case writing
        case reading
    }

    /// - Parameter busyTimeout: how long it waits for another process that has the file, in milliseconds.
    init(_ path: String, _ mode: Mode, busyTimeout: Int32 = 250) throws(SQLiteError) {
        var handle: OpaquePointer?
        let access = mode == .writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
            sqlite3_close_v2(handle)
            throw SQLiteError(code: code, message: "\(path): \(message)")
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, busyTimeout)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Does what a script of statements says, without parameters or results.
    func execute(_ script: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Runs a statement that has no rows.
    /// - Returns: rows that it has changed.
    @discardableResult
    func run(_ sql: StaticString, _ values: SQLiteValue...) throws(SQLiteError) -> Int {
        try each(sql, values) { (_) throws(SQLiteError) in true }
        return Int(sqlite3_changes(handle))
    }

    /// The rows of a query, turned into values.
    func rows<Output>(_ sql: StaticString, _ values: SQLiteValue..., as make: (SQLiteRow) -> Output)
        throws(SQLiteError) -> [Output]
    {
        var output: [Output] = []
        try each(sql, values) { (row) throws(SQLiteError) in
            output.append(make(row))
            return true
        }
        return output
    }

    /// The first row of a query, turned into a value; nil if there is none.
    func first<Output>(_ sql: StaticString, _ values: SQLiteValue..., as make: (SQLiteRow) -> Output)
        throws(SQLiteError) -> Output?
    {
        var output: Output?
        try each(sql, values) { (row) throws(SQLiteError) in
            output = make(row)
            return false
        }
        return output
    }

    /// Looks at one row after the other.
    ///
    /// The same query must not be begun again within.
    /// - Parameter body: returns whether to go on.
    func each(
        _ sql: StaticString,
        _ values: [SQLiteValue] = [],
        _ body: (SQLiteRow) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        let cursor = try cursor(sql, values)
        while let row = try cursor.next() { guard try body(row) else { return } }
    }

    /// The rows of a query, asked for one by one; the same query must not be begun again meanwhile.
    func cursor(_ sql: StaticString, _ values: [SQLiteValue] = []) throws(SQLiteError) -> SQLiteCursor {
        let cursor = SQLiteCursor(self, try prepared(sql))
        for (position, value) in values.enumerated() { try bind(value, Int32(position) + 1, cursor.statement) }
        return cursor
    }

    /// The key of the row that was inserted last.
    var lastKey: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Does all of it or nothing.
    func transaction<Output>(_ body: () throws(SQLiteError) -> Output) throws(SQLiteError) -> Output {
        try execute("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            let output = try body()
            try execute("COMMIT")
            return output
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Whether commits from now on survive a loss of power; all survive the end of the process.
    func setDurable(_ isDurable: Bool) throws(SQLiteError) {
        guard isDurable != self.isDurable else { return }
        try execute(isDurable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        self.isDurable = isDurable
    }

    private func prepared(_ sql: StaticString) throws(SQLiteError) -> OpaquePointer {
        let key = UInt(bitPattern: sql.utf8Start)
        if let statement = statements[key] { return statement }
        var statement: OpaquePointer?
        let code = sql.withUTF8Buffer { text in
            text.withMemoryRebound(to: CChar.self) {
                sqlite3_prepare_v3(
                    handle,
                    $0.baseAddress,
                    Int32($0.count),
                    UInt32(SQLITE_PREPARE_PERSISTENT),
                    &statement,
                    nil
                )
            }
        }
        guard code == SQLITE_OK, let statement else { throw error(code) }
        statements[key] = statement
        return statement
    }

    private func bind(_ value: SQLiteValue, _ position: Int32, _ statement: OpaquePointer) throws(SQLiteError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(statement, position)
            case .integer(let number): sqlite3_bind_int64(statement, position, number)
            case .real(let number): sqlite3_bind_double(statement, position, number)
            case .text(let text): csqlite_bind_text(statement, position, text, Int32(text.utf8.count))
            case .blob(let bytes): csqlite_bind_blob(statement, position, bytes, Int32(bytes.count))
            }
        guard code == SQLITE_OK else { throw error(code) }
    }

    fileprivate func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }
}

/// A query under way; at its end, or when it is let go of, the statement is ready for the next.
struct SQLiteCursor: ~Copyable {
    private let connection: SQLiteConnection
    fileprivate let statement: OpaquePointer

    fileprivate init(_ connection: SQLiteConnection, _ statement: OpaquePointer) {
        self.connection = connection
        self.statement = statement
    }

    deinit {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    /// The next row, which can be read until this is asked again; nil behind the last.
    func next() throws(SQLiteError) -> SQLiteRow? {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return SQLiteRow(statement)
        case SQLITE_DONE: return nil
        case let code: throw connection.error(code)
        }
    }
}
