//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import NIOPosix
import RegistryConfiguration
import RegistryEvents
import RegistryLedger
import RegistryStorage
import RegistryTelemetry
import Synchronization

/// Events for others, by the configuration that holds: who hears of what, and how it gets there.
final class Notifications: Sendable {
    let router: EndpointRouter
    private let instruments: NotificationInstruments
    /// What tells of events, as CloudEvents have it: a URI reference, the same after a restart.
    private let source: String
    private let state: Mutex<State>

    private struct State {
        /// What was read for the endpoints that there are, until somebody takes events to them.
        var plans: [EndpointPlan]
        var delivery: EventDelivery?
    }

    /// - Throws: where a file is not to be read.
    init(_ configuration: RegistryConfiguration, _ instruments: NotificationInstruments) throws(StartFailure) {
        let settings = configuration.notifications
        let source = EventSource(configuration.http)
        self.instruments = instruments
        self.source = configuration.http.host.map { "\($0)" } ?? "//\(source.address)"
        self.router = EndpointRouter(
            Self.routes(settings, instruments),
            from: source,
            includesReferences: settings.includesReferences
        )
        self.state = Mutex(State(plans: try Self.prepare(settings)))
    }

    /// Reads what endpoints need from files.
    static func prepare(_ settings: NotificationSettings) throws(StartFailure) -> [EndpointPlan] {
        var plans: [EndpointPlan] = []
        for endpoint in settings.endpoints { plans.append(try EndpointPlan(reading: endpoint)) }
        return plans
    }

    /// Has further events go by another configuration.
    /// - Parameter plans: made of these settings.
    func use(_ settings: NotificationSettings, _ plans: [EndpointPlan]) {
        let delivery = state.withLock { state in
            state.plans = plans
            return state.delivery
        }
        router.use(Self.routes(settings, instruments), includesReferences: settings.includesReferences)
        delivery?.use(plans)
    }

    /// What takes events to the endpoints.
    /// - Parameter traces: get a span for each request.
    func delivery(
        _ outbox: any Outbox,
        observer: any Observer,
        spans: @escaping @Sendable (DeliverySpan) -> Void
    ) -> EventDelivery {
        let context = DeliveryContext(
            outbox: outbox,
            instruments: instruments,
            observer: observer,
            source: source,
            userAgent: "plimsoll/\(Version.number)",
            loops: LazyLoop.shared,
            spans: spans
        )
        let delivery = EventDelivery(context)
        let plans = state.withLock { state in
            state.delivery = delivery
            return state.plans
        }
        delivery.use(plans)
        return delivery
    }

    private static func routes(
        _ settings: NotificationSettings,
        _ instruments: NotificationInstruments
    ) -> [EndpointRouter.Route] {
        settings.endpoints.map { endpoint in
            EndpointRouter.Route(endpoint.name, EventFilter(endpoint.filter), instruments.endpoint(endpoint.name))
        }
    }
}

/// An event loop of their own for endpoints; made when there is one.
///
/// Its thread gives way to those of requests: events are kept, and so can wait for a moment.
private enum LazyLoop {
    static let loop: MultiThreadedEventLoopGroup = {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // In Linux these are about the calling thread; where it is refused, it is like others.
        group.next().execute {
            let which = __priority_which_t(PRIO_PROCESS.rawValue)
            setpriority(which, 0, min(getpriority(which, 0) + 10, 19))
        }
        return group
    }()

    static let shared: @Sendable () -> MultiThreadedEventLoopGroup = { loop }
}
