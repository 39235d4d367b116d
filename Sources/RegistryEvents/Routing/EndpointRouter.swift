//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryModel
package import RegistryStorage
package import RegistryTelemetry
import Synchronization

/// Decides for which endpoints an event is, and writes it down.
///
/// A class, since a reload of the configuration changes what it decides while changes of the storage go on.
package final class EndpointRouter: EventRouter {
    private let source: EventSource
    private let state: Mutex<State>

    private struct State: Sendable {
        var routes: [Route]
        var includesReferences: Bool
        var wantsPulls: Bool

        init(_ routes: [Route], includesReferences: Bool) {
            self.routes = routes
            self.includesReferences = includesReferences
            self.wantsPulls = routes.contains { $0.filter.accepts(.pull) }
        }
    }

    /// An endpoint, and what it hears of.
    package struct Route: Sendable {
        var name: String
        var filter: EventFilter
        var instruments: EndpointInstruments

        package init(_ name: String, _ filter: EventFilter, _ instruments: EndpointInstruments) {
            self.name = name
            self.filter = filter
            self.instruments = instruments
        }
    }

    package init(_ routes: [Route], from source: EventSource, includesReferences: Bool) {
        self.source = source
        self.state = Mutex(State(routes, includesReferences: includesReferences))
    }

    /// Has further events go elsewhere.
    package func use(_ routes: [Route], includesReferences: Bool) {
        state.withLock { $0 = State(routes, includesReferences: includesReferences) }
    }

    package var wantsEvents: Bool { state.withLock { !$0.routes.isEmpty } }

    package var wantsPulls: Bool { state.withLock(\.wantsPulls) }

    package func route(_ event: StorageEvent, by origin: MutationOrigin) -> OutboxEntry? {
        let (all, includesReferences) = state.withLock { ($0.routes, $0.includesReferences) }
        let routes = all.filter { $0.filter.accepts(event) }
        guard !routes.isEmpty else { return nil }
        for route in routes { route.instruments.events[.events].add() }
        let id = EventID.make()
        let body = EventBody(
            id: id,
            event: event,
            origin: origin,
            source: source,
            includesReferences: includesReferences
        )
        return OutboxEntry(
            id: id,
            repository: event.repository.description,
            action: event.action,
            time: origin.time.microseconds,
            body: body.text,
            trace: origin.request?.trace ?? "",
            endpoints: routes.map(\.name)
        )
    }
}
