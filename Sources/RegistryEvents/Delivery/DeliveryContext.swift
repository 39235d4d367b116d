//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOPosix
package import RegistryLedger
package import RegistryTelemetry

/// What all workers share.
package struct DeliveryContext: Sendable {
    let outbox: any Outbox
    let instruments: NotificationInstruments
    let observer: any Observer
    /// Takes spans of requests to endpoints.
    let spans: @Sendable (DeliverySpan) -> Void
    /// What tells of events, as CloudEvents have it: a URI reference.
    let source: String
    let userAgent: String
    let loops: @Sendable () -> MultiThreadedEventLoopGroup
    var limits = DeliveryWindow.Limits()
    let identifiers = IdentifierSource()

    /// - Parameters:
    ///   - source: what tells of events, as CloudEvents have it: a URI reference, the same after a restart.
    ///   - loops: asked for when there is an endpoint.
    ///   - spans: takes spans of requests to endpoints; must not block.
    package init(
        outbox: any Outbox,
        instruments: NotificationInstruments,
        observer: any Observer,
        source: String,
        userAgent: String,
        loops: @escaping @Sendable () -> MultiThreadedEventLoopGroup,
        spans: @escaping @Sendable (DeliverySpan) -> Void
    ) {
        self.outbox = outbox
        self.instruments = instruments
        self.observer = observer
        self.source = source
        self.userAgent = userAgent
        self.loops = loops
        self.spans = spans
    }

    /// The request that caused an event; nil if there was none.
    func link(_ entry: OutboxEntry) -> TraceContext.Link? {
        entry.trace.isEmpty ? nil : TraceContext.Link(entry.trace)
    }
}
