//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import Synchronization

/// Connections for reading, taken by one reader at a time; reading is done on the I/O pool.
final class ReaderPool: Sendable {
    private let path: String
    private let pool: IOPool
    private let state = Mutex(State())

    private struct State {
        var idle: [SQLiteConnection] = []
        /// Of the file that is open: connections of one before are thrown away.
        var generation = 0
    }

    /// Connections kept for the next reader.
    private static let maximumIdle = 8

    init(_ path: String, _ pool: IOPool) {
        self.path = path
        self.pool = pool
    }

    /// Reads a consistent state of the tables, in one transaction.
    /// - Parameter other: another pool than that of short reads.
    func read<Output: Sendable>(
        on other: IOPool? = nil,
        _ body: @escaping @Sendable (SQLiteConnection) throws(SQLiteError) -> Output
    ) async throws(LedgerError) -> Output {
        let result: Result<Output, SQLiteError>
        do throws(StorageError) {
            result = try await (other ?? pool).run { [self] () throws(StorageError) in
                Result { () throws(SQLiteError) in try take(body) }
            }
        } catch {
            throw LedgerError(.failed, error.description)
        }
        do { return try result.get() } catch { throw LedgerError(error) }
    }

    private func take<Output>(_ body: (SQLiteConnection) throws(SQLiteError) -> Output) throws(SQLiteError) -> Output {
        let (known, generation) = state.withLock { ($0.idle.popLast(), $0.generation) }
        let connection: SQLiteConnection
        if let known { connection = known } else { connection = try LedgerFile.openForReading(path) }
        try connection.execute("BEGIN")
        let output: Output
        do {
            output = try body(connection)
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
        try connection.execute("COMMIT")
        state.withLock { state in
            if state.generation == generation, state.idle.count < Self.maximumIdle { state.idle.append(connection) }
        }
        return output
    }

    /// Lets go of all connections.
    func close() {
        state.withLock { state in
            state.idle = []
            state.generation += 1
        }
    }
}
