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

extension EventRouter {
    /// What is promised of a change's events, without those that nobody wants.
    func promises(_ mutation: Mutation) -> [PromisedEvent] {
        mutation.events.compactMap { event in
            route(event, by: mutation.origin).map { PromisedEvent(fact: event.fact, entry: $0) }
        }
    }
}
