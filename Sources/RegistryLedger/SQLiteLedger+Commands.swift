//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Synchronization

// What commands ask for, with a server or without one.

extension SQLiteLedger {
    /// Opens the ledger for a command that runs without a server.
    /// - Throws: `locked` while a server has it; what else `open` degrades by.
    package func openAlone() async throws(LedgerError) {
        await open(isPatient: true)
        if let cause = standing.cause { throw cause }
        if standing.state == .current { await examineUncertain() }
    }

    /// Goes through the storage and tells of every difference, changing nothing.
    ///
    /// While changes are made, items that they touch are left out.
    /// - Parameter report: told often of what was found and how far it has come.
    package func verify(
        _ report: ([LedgerDifference], LedgerProgress) -> Void
    ) async throws(LedgerError) -> LedgerProgress {
        guard standing.state != .off, standing.state != .degraded else {
            throw standing.cause ?? LedgerError(.unavailable, "there is no ledger")
        }
        return try await LedgerComparison(ledger: self, mends: false, pace: 1).run(report)
    }

    /// Goes through the storage and mends every difference, from where an earlier rebuilding has been left off.
    ///
    /// For a command that runs without a server, which has a background service for this.
    package func rebuild(
        fromStart: Bool,
        _ report: ([LedgerDifference], LedgerProgress) -> Void
    ) async throws(LedgerError) -> LedgerProgress {
        if fromStart { try await forget() }
        let progress = try await LedgerComparison(ledger: self, mends: true, pace: 1).run(report)
        try await complete()
        return progress
    }

    /// All is known from now on.
    func complete() async throws(LedgerError) {
        try await writer.perform { (transaction) throws(SQLiteError) in
            try transaction.setMeta("complete", "1")
            try transaction.setMeta("position", nil)
        }
        enter(.current)
    }

    /// Numbers about the ledger itself.
    package func facts() async throws(LedgerError) -> LedgerFacts {
        try await read { (reading) throws(SQLiteError) in
            let database = reading.database
            func number(_ sql: StaticString) throws(SQLiteError) -> Int64 {
                try database.first(sql) { $0.integer(0) } ?? 0
            }
            var facts = LedgerFacts()
            facts.repositories = try number("SELECT count(*) FROM repositories WHERE is_listed = 1")
            facts.manifests = try number("SELECT count(*) FROM manifest_links")
            facts.tags = try number("SELECT count(*) FROM tags")
            facts.blobs = try number("SELECT count(*) FROM blobs WHERE size IS NOT NULL")
            facts.intents = try number("SELECT count(*) FROM intents")
            facts.uploads = try number("SELECT count(*) FROM uploads")
            facts.bytes = try number("PRAGMA page_count") * number("PRAGMA page_size")
            return facts
        }
    }
}

/// How much the ledger holds.
package struct LedgerFacts: Sendable, Equatable {
    package var repositories: Int64 = 0
    /// Links of repositories to manifests.
    package var manifests: Int64 = 0
    package var tags: Int64 = 0
    /// Content that is there.
    package var blobs: Int64 = 0
    /// Changes whose end it has not seen.
    package var intents: Int64 = 0
    /// Uploads that are open.
    package var uploads: Int64 = 0
    /// Of its file, without what is not merged into it yet.
    package var bytes: Int64 = 0

    package init() {}

    package var named: [(name: String, value: Int64)] {
        [
            ("repositories", repositories), ("manifests", manifests), ("tags", tags), ("blobs", blobs),
            ("intents", intents), ("uploads", uploads), ("bytes", bytes),
        ]
    }
}
