//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is measured of the ledger.
package final class LedgerInstruments: Sendable {
    /// 1 for the state that it is in.
    package let state = Labelled(LedgerState.self) { _ in Gauge() }
    /// A transaction of the thread that writes: the changes that have gathered, until they are durable.
    package let commit = Histogram(.stage)
    /// What waits for that thread.
    package let queue = Gauge()
    /// Changes of the storage by what the ledger heard of them.
    package let changes = Labelled(LedgerChangeResult.self) { _ in Counter() }
    /// Changes that have begun and not been seen to end.
    package let intents = Gauge()
    /// Repositories that were compared with the storage.
    package let compared = Counter()
    /// Differences that were found and mended.
    package let mended = Counter()
    /// Events for others, which it keeps.
    package let outbox = OutboxInstruments()
    package let listings = Labelled(ListingSource.self) { _ in Counter() }

    package init() {}

    var families: [MetricFamily] {
        [
            MetricFamily("registry_ledger_state", "1 for the state the ledger is in.", labels: ["state"], state),
            MetricFamily(
                "registry_ledger_commit_seconds",
                "Time of the ledger's transactions, each with all the changes that had gathered.",
                commit
            ),
            MetricFamily("registry_ledger_queue", "Changes that wait for the thread that writes the ledger.", queue),
            MetricFamily(
                "registry_ledger_changes_total",
                "Changes of the storage, by what the ledger has heard of them.",
                labels: ["result"],
                changes,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_ledger_intents",
                "Changes of the storage that have begun and whose end the ledger has not seen.",
                intents
            ),
            MetricFamily(
                "registry_ledger_compared_repositories_total",
                "Repositories that the ledger has compared with the storage.",
                compared
            ),
            MetricFamily(
                "registry_ledger_mended_total",
                "Differences to the storage that were found and mended.",
                mended
            ),
            MetricFamily(
                "registry_ledger_listings_total",
                "Listings by what they were made from.",
                labels: ["source"],
                listings,
                isZeroInitialised: true
            ),
        ]
    }

    /// Says which state it is in.
    package func set(_ current: LedgerState) {
        for state in LedgerState.allCases { self.state[state].set(state == current ? 1 : 0) }
    }
}

/// How the ledger is, as metric label `state`.
package enum LedgerState: String, Sendable, CaseIterable {
    /// There is none.
    case off
    /// It knows all that is in the storage.
    case current
    /// It is being compared with the storage; listings come from the tree.
    case catchingUp = "catching_up"
    /// It cannot be used; listings come from the tree.
    case degraded
}

/// What the ledger has heard of a change, as metric label `result`.
package enum LedgerChangeResult: String, Sendable, CaseIterable {
    case recorded
    /// It failed, and what is so now was looked up in the storage.
    case uncertain
    /// It could not be recorded, so that the storage must be gone through.
    case missed
}

/// What a listing is made from, as metric label `source`.
package enum ListingSource: String, Sendable, CaseIterable {
    case ledger, tree
}
