//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import RegistryTelemetry
import Synchronization

// Events on their way into the queues.

extension SQLiteLedger: EventListener {
    package var wantsEvents: Bool { settings.router?.wantsEvents ?? false }
    package var wantsPulls: Bool { settings.router?.wantsPulls ?? false }

    package func pulled(_ event: StorageEvent, by origin: MutationOrigin) {
        pulls.add(.init(event: event, origin: origin))
    }

    /// Takes over events of pulls; those that cannot be kept now stay in memory.
    func takePulls() async {
        guard let router = settings.router, standing.state == .current || standing.state == .catchingUp else { return }
        let waiting = pulls.waiting
        // In pieces: what has gathered while the ledger was away would keep it for longer than it may take.
        for start in stride(from: 0, to: waiting.count, by: Self.pieceOfQueue) {
            let piece = waiting[start..<min(start + Self.pieceOfQueue, waiting.count)]
            let entries = piece.compactMap { router.route($0.event, by: $0.origin) }
            do throws(LedgerError) {
                try await writer.perform { (transaction) throws(SQLiteError) in
                    for entry in entries { try transaction.release(entry) }
                }
            } catch {
                // The ledger says itself when it fails.
                return
            }
            pulls.drop(piece.count)
            if !entries.isEmpty { tellArrival() }
        }
    }

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
        tellArrival()
    }

    func tellArrival() {
        for body in arrivals.withLock({ $0 }) { body() }
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
        let seen = Set(facts.compactMap(\.storageFact))
        for case let promise? in promises where seen.contains(promise.fact) { try release(promise.entry) }
        try forgetPromises(of: intent)
        return true
    }
}

extension LedgerFact {
    /// Nil for what no event is about.
    fileprivate var storageFact: StorageFact? {
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
