//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import RegistryTelemetry
package import ServiceLifecycle
import Synchronization

/// Keeps events where there is no ledger: in memory, as long as the process lives.
///
/// Of a change nothing but its events is noted. They come into the queues when it is over, and where its end was not seen,
/// the storage tells which have come true, as with a ledger.
package final class VolatileJournal: EventJournal {
    package let outbox: SQLiteOutbox
    private let tree: TreeReader
    private let writer: LedgerWriter
    private let state = Mutex(State())

    private struct State {
        /// Given to a change.
        var lastID: Int64 = 0
        /// Of changes that are under way.
        var promised: [Int64: [PromisedEvent]] = [:]
        /// Of changes whose outcome only the storage can tell.
        var uncertain: [Int64: [PromisedEvent]] = [:]
    }

    /// Of all queues, dead letters and what is kept for replaying.
    package static let maximumBytes: Int64 = 256 << 20

    /// - Parameters:
    ///   - history: how long events that all have are kept, as far as there is room.
    ///   - driver: of the storage, asked where the end of a change was not seen.
    package init(
        _ router: any EventRouter,
        history: Duration,
        driver: any StorageDriver,
        instruments: OutboxInstruments,
        maximumBytes: Int64 = maximumBytes
    ) {
        self.tree = TreeReader(driver)
        // What it measures is of a ledger, which there is none.
        self.writer = LedgerWriter(LedgerInstruments()) { _ in }
        self.outbox = SQLiteOutbox(
            .init(router: router, history: history, isDurable: false, maximumBytes: maximumBytes),
            writer,
            nil,
            PullEvents(nil, instruments)
        )
    }

    package var service: any Service { VolatileJournalService(journal: self) }

    package func start() async {
        // It fails for want of memory only, and then is tried again.
        try? await writer.open { () throws(LedgerError) in try LedgerFile.outboxInMemory() }
    }

    package func close() async { await writer.shutdown() }

    // MARK: Changes

    package func begin(_ mutation: Mutation) async -> MutationTicket {
        let events = outbox.settings.router?.promises(mutation) ?? []
        let id = state.withLock { state in
            state.lastID += 1
            if !events.isEmpty { state.promised[state.lastID] = events }
            return state.lastID
        }
        return MutationTicket(id: id)
    }

    package func end(_ ticket: MutationTicket, _ outcome: MutationOutcome, of mutation: Mutation) {
        guard let promised = state.withLock({ $0.promised.removeValue(forKey: ticket.id) }) else { return }
        switch outcome {
        case .done(let changes), .refused(let changes): release(promised.cameTrue(by: changes))
        case .uncertain: state.withLock { $0.uncertain[ticket.id] = promised }
        }
    }

    package func note(_ changes: [StorageChange]) async {}

    private func release(_ entries: [OutboxEntry]) {
        guard !entries.isEmpty else { return }
        writer.submit { [outbox] (transaction) throws(SQLiteError) in
            try outbox.keep(entries, in: transaction)
        } isDone: { [outbox] error in
            if error == nil { outbox.tellArrival() } else { outbox.pulls.lose(entries.count) }
        }
    }

    // MARK: From time to time

    /// Does what is to be done at present.
    func tend() async {
        if !writer.isOpen { await start() }
        await outbox.takePulls()
        await outbox.settleAll()
        await examineUncertain()
        await outbox.forgetDelivered()
        // What is kept for replaying must leave room for what waits.
        if let maximum = outbox.settings.maximumBytes,
            let used = try? await outbox.read({ (database) throws(SQLiteError) in try database.usedBytes() }),
            used > maximum / 2
        {
            await outbox.forgetDelivered(before: .max)
        }
    }

    /// Those that cannot be looked up now are tried again.
    private func examineUncertain() async {
        for (id, promised) in state.withLock({ $0.uncertain }).sorted(by: { $0.key < $1.key }) {
            var facts: [LedgerFact] = []
            do throws(StorageError) {
                for item in Set(promised.map(\.fact.item)) { facts.append(try await tree.fact(of: item)) }
            } catch {
                return
            }
            state.withLock { $0.uncertain[id] = nil }
            release(promised.cameTrue(by: facts))
        }
    }
}

/// Runs until the server goes down.
private struct VolatileJournalService: Service {
    let journal: VolatileJournal

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await journal.tend()
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
