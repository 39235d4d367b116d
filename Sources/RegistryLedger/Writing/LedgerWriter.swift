//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryTelemetry
import Synchronization

/// The one thread that writes.
///
/// What has gathered while a transaction was under way goes into the next one together, so that many changes cost one
/// commit. They are done in the order in which they came. A commit survives the end of the process; only where one of
/// the changes has to be durable does it survive a loss of power too, with all before it, and wait for the disk.
final class LedgerWriter: Sendable {
    typealias Work = @Sendable (LedgerTransaction) throws(SQLiteError) -> Void

    private struct Item: Sendable {
        let work: Work
        let isDurable: Bool
        let isDone: @Sendable (LedgerError?) -> Void
    }

    private struct State {
        var connection: SQLiteConnection?
        /// Of that connection.
        var outbox = OutboxTally()
        /// Why there is no connection.
        var refusal = LedgerError(.unavailable, "the ledger is not open")
        var waiting: [Item] = []
        /// In the transaction that is under way.
        var underWay: [Item] = []
        var began: ContinuousClock.Instant?
        var isRunning = false
    }

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let instruments: LedgerInstruments
    private let failed: @Sendable (LedgerError) -> Void

    /// Changes that go into one transaction.
    private static let groupSize = 2000

    /// - Parameter failed: told of a transaction that failed as a whole; nothing is written then until `open`.
    init(_ instruments: LedgerInstruments, failed: @escaping @Sendable (LedgerError) -> Void) {
        self.instruments = instruments
        self.failed = failed
        thread.start()
    }

    /// Opens the file, on the thread that writes.
    func open(_ path: String) async throws(LedgerError) {
        try await open { () throws(LedgerError) in try LedgerFile.open(path) }
    }

    /// Opens a database, on the thread that writes.
    func open(_ make: @escaping @Sendable () throws(LedgerError) -> SQLiteConnection) async throws(LedgerError) {
        try await onThread { [self] () throws(LedgerError) in
            let connection = try make()
            state.withLock { state in
                state.connection = connection
                state.outbox = OutboxTally()
            }
        }
    }

    var isOpen: Bool { state.withLock { $0.connection != nil } }

    /// Does what may wait for the ledger's disk, behind what is being written.
    func onThread<Output: Sendable>(
        _ work: @escaping @Sendable () throws(LedgerError) -> Output
    ) async throws(LedgerError) -> Output {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Output, LedgerError>, Never>) in
            thread.submit { _ in continuation.resume(returning: Result { () throws(LedgerError) in try work() }) }
        }
        return try result.get()
    }

    /// Lets go of the file when what is under way is over; what waits is refused.
    func close(_ reason: LedgerError = LedgerError(.unavailable, "the ledger is closed")) {
        let (underWay, waiting, connection) = state.withLock { state in
            defer {
                state.waiting = []
                state.underWay = []
                state.connection = nil
                state.began = nil
                state.refusal = reason
            }
            return (state.underWay, state.waiting, state.connection)
        }
        // Those under way are counted out by the thread, when it is through with them.
        instruments.queue.add(-Int64(waiting.count))
        for item in underWay + waiting { item.isDone(reason) }
        // The thread lets go of it last, since to close it may wait for a disk.
        if let connection { thread.submit { _ in withExtendedLifetime(connection) {} } }
    }

    /// Ends the thread.
    func shutdown() async {
        close()
        try? await thread.shutdownGracefully()
    }

    /// Has something written, sooner or later.
    /// - Parameters:
    ///   - isDurable: whether it has to survive a loss of power.
    ///   - isDone: called once, when it is committed or has failed.
    func submit(
        durably isDurable: Bool = false,
        _ work: @escaping Work,
        isDone: @escaping @Sendable (LedgerError?) -> Void = { _ in }
    ) {
        let (refusal, starts) = state.withLock { state -> (LedgerError?, Bool) in
            guard state.connection != nil else { return (state.refusal, false) }
            state.waiting.append(Item(work: work, isDurable: isDurable, isDone: isDone))
            defer { state.isRunning = true }
            return (nil, !state.isRunning)
        }
        if let refusal { return isDone(refusal) }
        instruments.queue.add(1)
        if starts { thread.submit { [self] _ in run() } }
    }

    /// Has something written, and waits for it.
    func perform(durably isDurable: Bool = false, _ work: @escaping Work) async throws(LedgerError) {
        let failure = await withUnsafeContinuation { (continuation: UnsafeContinuation<LedgerError?, Never>) in
            submit(durably: isDurable, work) { continuation.resume(returning: $0) }
        }
        if let failure { throw failure }
    }

    /// Has something written, waits for it, and returns what it has found.
    func output<Output: Sendable>(
        _ work: @escaping @Sendable (LedgerTransaction) throws(SQLiteError) -> Output
    ) async throws(LedgerError) -> Output {
        let output = WorkOutput<Output>()
        try await perform { (transaction) throws(SQLiteError) in
            let value = try work(transaction)
            output.value.withLock { $0 = value }
        }
        guard let value = output.value.withLock({ $0 }) else { throw LedgerError(.failed, "nothing was written") }
        return value
    }

    /// Waits until all that was submitted before is committed; at once where nothing is under way.
    func settle() async throws(LedgerError) {
        let isIdle = state.withLock { $0.connection != nil && $0.waiting.isEmpty && $0.underWay.isEmpty }
        if !isIdle { try await perform { (_) throws(SQLiteError) in } }
    }

    /// Gives up on a transaction that has taken too long: all that waits is refused.
    func supervise(limit: Duration) {
        let isHung = state.withLock { state in state.began.map { .now - $0 > limit } ?? false }
        guard isHung else { return }
        let error = LedgerError(.hung, "a transaction has taken more than \(limit)")
        close(error)
        failed(error)
    }

    // MARK: On the thread

    private func run() {
        while let (connection, outbox, items) = take() {
            let failure = commit(items, connection, outbox)
            let finished = state.withLock { state in
                defer {
                    state.underWay = []
                    state.began = nil
                }
                return state.underWay
            }
            instruments.queue.add(-Int64(items.count))
            if let failure {
                close(failure)
                for item in finished { item.isDone(failure) }
                failed(failure)
            } else {
                for item in finished { item.isDone(nil) }
            }
        }
    }

    private func take() -> (SQLiteConnection, OutboxTally, [Item])? {
        state.withLock { state in
            guard let connection = state.connection, !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            let group = Array(state.waiting.prefix(Self.groupSize))
            state.waiting.removeFirst(group.count)
            state.underWay = group
            state.began = .now
            return (connection, state.outbox, group)
        }
    }

    private func commit(_ items: [Item], _ connection: SQLiteConnection, _ outbox: OutboxTally) -> LedgerError? {
        let start = ContinuousClock.now
        defer { instruments.commit.record(.now - start) }
        let transaction = LedgerTransaction(database: connection, time: WallTime.now.microseconds, outbox: outbox)
        do throws(SQLiteError) {
            try connection.setDurable(items.contains(where: \.isDurable))
            try connection.transaction { () throws(SQLiteError) in
                for item in items { try item.work(transaction) }
                try outbox.write(to: connection)
            }
            return nil
        } catch {
            return LedgerError(error)
        }
    }
}

private final class WorkOutput<Output: Sendable>: Sendable {
    let value = Mutex<Output?>(nil)
}
