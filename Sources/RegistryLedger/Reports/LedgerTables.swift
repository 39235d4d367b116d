//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import RegistryTelemetry

/// The tables as reports read them: one state of all of them, for as long as the reading lasts.
///
/// Every call waits for a disk, and is made on the I/O pool or by a command. Rows are told one by one; no more of them
/// is kept than the caller keeps.
package struct LedgerTables {
    let database: SQLiteConnection

    func wrap<Output>(_ body: () throws(SQLiteError) -> Output) throws(LedgerError) -> Output {
        do throws(SQLiteError) { return try body() } catch { throw LedgerError(error) }
    }

    func each(
        _ sql: StaticString,
        _ values: [SQLiteValue] = [],
        _ body: (SQLiteRow) -> Void
    ) throws(LedgerError) {
        try wrap { () throws(SQLiteError) in
            try database.each(sql, values) { (row) throws(SQLiteError) in
                body(row)
                return true
            }
        }
    }

    /// Since when use is known.
    package func usageSince() throws(LedgerError) -> WallTime? {
        try wrap { () throws(SQLiteError) in
            try database.meta("usage_since").flatMap { Int64($0) }.map { WallTime(microseconds: $0) }
        }
    }

    /// Whether the ledger knows all of the storage.
    package func isComplete() throws(LedgerError) -> Bool {
        try wrap { () throws(SQLiteError) in try database.meta("complete") == "1" }
    }
}

extension SQLiteLedger {
    /// Reads for a report, with all changes and all use that ended before it was asked for.
    /// - Parameter pool: where it is read; else where short reads are made.
    package func report<Output: Sendable>(
        on pool: IOPool? = nil,
        _ body: @escaping @Sendable (LedgerTables) throws(LedgerError) -> Output
    ) async throws(LedgerError) -> Output {
        guard standing.state != .off, standing.state != .degraded else {
            throw standing.cause ?? LedgerError(.unavailable, "the ledger is not open")
        }
        await takeUsage()
        let result = try await read(on: pool) { (reading) throws(SQLiteError) in
            let tables = LedgerTables(database: reading.database)
            return Result { () throws(LedgerError) in try body(tables) }
        }
        return try result.get()
    }
}

/// Reads a ledger without being its owner: when no server runs, or beside one.
package struct LedgerReader: Sendable {
    private let path: String

    /// - Parameter path: of the file.
    package init(_ path: String) { self.path = path }

    /// Reads a consistent state of the tables, and blocks.
    /// - Throws: `newer` for tables of a later version; `failed` for a file that is missing, or of an earlier one.
    package func read<Output>(_ body: (LedgerTables) throws(LedgerError) -> Output) throws(LedgerError) -> Output {
        let connection: SQLiteConnection
        let version: Int64
        do throws(SQLiteError) {
            connection = try LedgerFile.openForReading(path)
            version = try connection.first("PRAGMA user_version") { $0.integer(0) } ?? 0
        } catch {
            throw LedgerError(error)
        }
        guard version <= LedgerSchema.version else {
            throw LedgerError(.newer, "\(path) was written by a later version")
        }
        guard version == LedgerSchema.version else {
            throw LedgerError(
                .failed,
                "\(path) was written by an earlier version; plimsoll ledger status brings it up to date"
            )
        }
        let tables = LedgerTables(database: connection)
        try tables.wrap { () throws(SQLiteError) in try connection.execute("BEGIN") }
        defer { try? connection.execute("COMMIT") }
        return try body(tables)
    }
}
