//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import RegistryTelemetry
import Synchronization

extension LedgerTransaction {
    /// Notes that a change is about to be made.
    func promise(_ items: [StorageItem], _ id: Int64) throws(SQLiteError) {
        try database.run(
            "INSERT INTO intents (id, items, began_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            .integer(id),
            .text(items.map(\.text).joined(separator: "\n")),
            .integer(time)
        )
    }
}

extension SQLiteLedger: MutationJournal {
    package func begin(_ mutation: Mutation) async -> MutationTicket {
        let span = OpenSpan.begin()
        let events = settings.router?.promises(mutation) ?? []
        let (id, isUsable) = state.withLock { state in
            let id = state.changes.begin(mutation.items)
            if !events.isEmpty { state.promised[id] = events }
            return (id, state.isUsable)
        }
        instruments.intents.add(1)
        do throws(LedgerError) {
            guard isUsable else { throw LedgerError(.unavailable, "") }
            try await writer.perform(durably: true) { (transaction) throws(SQLiteError) in
                try transaction.promise(mutation.items, id)
                try transaction.promise(events, of: id)
            }
            span?.end(.ledger(.intent, events: events.count))
        } catch {
            if !events.isEmpty { await spool.hold(.promised(id, events)) }
            await miss()
            span?.end(.ledger(.intent, events: events.count), error.spanOutcome)
        }
        return MutationTicket(id: id)
    }

    package func end(_ ticket: MutationTicket, _ outcome: MutationOutcome, of mutation: Mutation) {
        let promised = state.withLock { $0.promised.removeValue(forKey: ticket.id) } ?? []
        switch outcome {
        case .done(let changes):
            let origin = mutation.origin
            let ending = Ending(of: ticket.id, promised, changes)
            // While events go by the spool, this one must not overtake them.
            let isSpooled = !promised.isEmpty && spool.take(ending.record)
            writer.submit { (transaction) throws(SQLiteError) in
                for change in changes { try transaction.apply(change, by: origin) }
                if !promised.isEmpty { try transaction.forgetPromises(of: ticket.id) }
                if !isSpooled { for entry in ending.entries { try transaction.release(entry) } }
                try transaction.database.run("DELETE FROM intents WHERE id = ?1", .integer(ticket.id))
            } isDone: { [self] error in
                if !promised.isEmpty, !isSpooled { released(ending, error) }
                ended(ticket.id, isUncertain: error != nil, mutation.items)
                instruments.changes[error == nil ? .recorded : .uncertain].add()
            }
        case .refused(let changes):
            if !promised.isEmpty { release(Ending(of: ticket.id, promised, changes)) }
            instruments.changes[.uncertain].add()
            ended(ticket.id, isUncertain: true, mutation.items)
        case .uncertain:
            instruments.changes[.uncertain].add()
            ended(ticket.id, isUncertain: true, mutation.items)
        }
    }

    /// How a change ended for its events.
    private struct Ending: Sendable {
        let id: Int64
        /// Those that have come true.
        let entries: [OutboxEntry]

        init(of id: Int64, _ promised: [PromisedEvent], _ changes: [StorageChange]) {
            self.id = id
            self.entries = promised.cameTrue(by: changes)
        }

        var record: SpoolRecord { .ended(id, entries) }
    }

    /// Lets those events come true that have, and forgets the others.
    private func release(_ ending: Ending) {
        guard !spool.take(ending.record) else { return }
        writer.submit { (transaction) throws(SQLiteError) in
            try transaction.forgetPromises(of: ending.id)
            for entry in ending.entries { try transaction.release(entry) }
        } isDone: { [self] error in
            released(ending, error)
        }
    }

    private func released(_ ending: Ending, _ error: LedgerError?) {
        if error == nil {
            if !ending.entries.isEmpty { outbox.tellArrival() }
        } else {
            spool.activate()
            _ = spool.take(ending.record)
        }
    }

    private func ended(_ id: Int64, isUncertain: Bool, _ items: [StorageItem]) {
        instruments.intents.add(-1)
        state.withLock { state in
            state.changes.end(id)
            if isUncertain { state.uncertain[id] = items }
        }
    }

    package func note(_ changes: [StorageChange]) async {
        let span = OpenSpan.begin()
        do throws(LedgerError) {
            try await writer.perform { (transaction) throws(SQLiteError) in
                for change in changes { try transaction.apply(change, by: nil) }
            }
            span?.end(.ledger(.note, events: nil))
        } catch {
            await miss()
            span?.end(.ledger(.note, events: nil), error.spanOutcome)
        }
    }
}
