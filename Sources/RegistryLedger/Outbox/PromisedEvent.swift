//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage

/// An event of a change that has begun: it comes true with a fact of the storage.
struct PromisedEvent: Sendable, Equatable {
    var fact: StorageFact
    var entry: OutboxEntry
}

extension [PromisedEvent] {
    /// Those of a change's events that have come true, by what it did.
    func cameTrue(by changes: [StorageChange]) -> [OutboxEntry] {
        guard !isEmpty else { return [] }
        let facts = Set(changes.compactMap(\.fact))
        return filter { facts.contains($0.fact) }.map(\.entry)
    }

    /// Those of a change's events that go with what was seen in the storage.
    func cameTrue(by seen: [LedgerFact]) -> [OutboxEntry] {
        let facts = Set(seen.compactMap(\.storageFact))
        return filter { facts.contains($0.fact) }.map(\.entry)
    }
}

extension EventRouter {
    /// What is promised of a change's events, without those that nobody wants.
    func promises(_ mutation: Mutation) -> [PromisedEvent] {
        mutation.events.compactMap { event in
            route(event, by: mutation.origin).map { PromisedEvent(fact: event.fact, entry: $0) }
        }
    }
}
