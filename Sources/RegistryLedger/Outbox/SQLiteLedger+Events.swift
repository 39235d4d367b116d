//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTelemetry
import Synchronization

// Events that the ledger did not see coming into the queues in the usual way.

extension SQLiteLedger {
    /// Takes over what was kept beside the ledger while it could not be used.
    func takeOverSpool() async throws(LedgerError) {
        try await spool.handOver { (records) async throws(LedgerError) in
            guard !records.isEmpty else { return }
            try await writer.perform(durably: true) { (transaction) throws(SQLiteError) in
                for record in records { try transaction.takeOver(record) }
            }
        }
        // Changes whose end was not seen are looked up.
        let intents = try await read { (reading) throws(SQLiteError) in try reading.intents().items }
        state.withLock { state in
            for (id, items) in intents where state.changes.open[id] == nil { state.uncertain[id] = items }
        }
        outbox.tellArrival()
    }
}

extension LedgerTransaction {
    fileprivate func takeOver(_ record: SpoolRecord) throws(SQLiteError) {
        switch record {
        case .promised(let intent, let events):
            try promise(events.map(\.fact.item), intent)
            try promise(events, of: intent)
        case .ended(let intent, let entries):
            // The intent stays, since what the change did is still to be looked up.
            try forgetPromises(of: intent)
            for entry in entries { try release(entry) }
        }
    }

    /// Those of a change's events come true that go with what was seen in the storage.
    /// - Returns: whether there were any.
    func settlePromises(of intent: Int64, by facts: [LedgerFact]) throws(SQLiteError) -> Bool {
        let promises = try promises(of: intent)
        guard !promises.isEmpty else { return false }
        for entry in promises.compactMap(\.self).cameTrue(by: facts) { try release(entry) }
        try forgetPromises(of: intent)
        return true
    }
}

extension LedgerFact {
    /// Nil for what no event is about.
    var storageFact: StorageFact? {
        guard let item else { return nil }
        switch self {
        case .layer(_, let digest, let target): return StorageFact(item, target == nil ? nil : digest)
        case .linked(_, let entry): return StorageFact(item, entry.digest)
        case .linkedAgain(_, let digest): return StorageFact(item, digest)
        case .tag(_, _, let target): return StorageFact(item, target)
        case .unlinked, .noTag: return StorageFact(item, nil)
        case .size, .listed, .upload, .noUpload: return nil
        }
    }
}
