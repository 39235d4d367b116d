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
        let (id, isUsable) = state.withLock { state in
            (state.changes.begin(mutation.items), state.phase == .current || state.phase == .catchingUp)
        }
        instruments.intents.add(1)
        do throws(LedgerError) {
            guard isUsable else { throw LedgerError(.unavailable, "") }
            try await writer.perform(durably: true) { (transaction) throws(SQLiteError) in
                try transaction.promise(mutation.items, id)
            }
        } catch {
            await miss()
        }
        return MutationTicket(id: id)
    }

    package func end(_ ticket: MutationTicket, _ outcome: MutationOutcome, of mutation: Mutation) {
        switch outcome {
        case .done(let changes):
            let origin = mutation.origin
            writer.submit { (transaction) throws(SQLiteError) in
                for change in changes { try transaction.apply(change, by: origin) }
                try transaction.database.run("DELETE FROM intents WHERE id = ?1", .integer(ticket.id))
            } isDone: { [self] error in
                ended(ticket.id, isUncertain: error != nil, mutation.items)
                instruments.changes[error == nil ? .recorded : .uncertain].add()
            }
        case .uncertain:
            instruments.changes[.uncertain].add()
            ended(ticket.id, isUncertain: true, mutation.items)
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
        do throws(LedgerError) {
            try await writer.perform { (transaction) throws(SQLiteError) in
                for change in changes { try transaction.apply(change, by: nil) }
            }
        } catch {
            await miss()
        }
    }
}
