//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is measured of events on their way into the queues.
package final class OutboxInstruments: Sendable {
    /// Kept beside the ledger, while it could not be used.
    package let spooled = Counter()
    package let lost = Labelled(EventLoss.self) { _ in Counter() }

    package init() {}

    var families: [MetricFamily] {
        [
            MetricFamily(
                "registry_notifications_spooled_total",
                "Notes about events that were kept in a file beside the ledger, while it could not be used.",
                spooled
            ),
            MetricFamily(
                "registry_notifications_lost_total",
                "Events that never came into a queue.",
                labels: ["reason"],
                lost,
                isZeroInitialised: true
            ),
        ]
    }
}

/// Why an event never came into a queue, as metric label `reason`.
package enum EventLoss: String, Sendable, CaseIterable {
    /// It told of a pull and was in memory only when the server was killed.
    case crash
    /// Neither the ledger nor the disk beside it took it, if there are such, and there was no room for more in memory.
    case full
}
