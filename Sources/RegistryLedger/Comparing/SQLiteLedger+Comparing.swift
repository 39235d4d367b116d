//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import Synchronization

extension SQLiteLedger {
    /// Compares a repository with the storage.
    /// - Parameter mends: whether the ledger is changed to what the storage has.
    /// - Returns: the differences; while changes are made, without the items that they touch.
    func compare(_ name: RepositoryName, mends: Bool) async throws(LedgerError) -> [LedgerDifference] {
        let watch = state.withLock { $0.changes.watch(.repository(name)) }
        defer { state.withLock { $0.changes.unwatch(watch) } }
        let storage = try await reading { () async throws(StorageError) in try await tree.repository(name) }
        let candidates = Array(storage.manifests)
        // Changes that have ended and are not committed yet count as touched, so there is no need to wait for them.
        let (ledger, known, times) = try await readers.read { (connection) throws(SQLiteError) in
            let reading = LedgerReading(database: connection)
            return (
                try reading.repository(name), try reading.knownManifests(candidates), try reading.uploadTimes(in: name)
            )
        }
        let unknown = storage.manifests.subtracting(known)
        var entries: [Digest: ManifestEntry] = [:]
        for digest in unknown {
            let manifest = try await reading { () async throws(StorageError) in try await tree.manifest(digest) }
            if let manifest { entries[digest] = ManifestEntry(manifest) }
        }
        let youngest = WallTime.now.microseconds - Self.youth
        let comparison = RepositoryComparison(
            name: name,
            storage: storage,
            ledger: ledger,
            entries: entries,
            unknown: unknown,
            young: Set(times.filter { $0.value > youngest }.keys)
        )
        instruments.compared.add()
        return try await settle(comparison.findings, watch, mends: mends)
    }

    /// Uploads are told of before they are there; in microseconds.
    private static let youth: Int64 = 60_000_000

    /// Compares the sizes of all content whose digest begins with a byte.
    /// - Returns: the differences, and how many blobs there are.
    func compare(_ algorithm: DigestAlgorithm, _ byte: UInt8, mends: Bool) async throws(LedgerError)
        -> (differences: [LedgerDifference], count: Int)
    {
        let watch = state.withLock { $0.changes.watch(.shard(algorithm, byte)) }
        defer { state.withLock { $0.changes.unwatch(watch) } }
        let storage = try await reading { () async throws(StorageError) in try await tree.shard(algorithm, byte) }
        let ledger = try await read { (reading) throws(SQLiteError) in try reading.shard(algorithm, byte) }
        var findings: [RepositoryComparison.Finding] = []
        for digest in Set(storage.keys).union(ledger.keys) where storage[digest] != ledger[digest] {
            let difference = LedgerDifference(
                "blob",
                "",
                digest.description,
                ledger: ledger[digest].map { "\($0) bytes" },
                storage: storage[digest].map { "\($0) bytes" }
            )
            findings.append(.init(fact: .size(digest, storage[digest]), difference: difference))
        }
        return (try await settle(findings, watch, mends: mends), storage.count)
    }

    /// Mends, and leaves out what changes have touched since the storage was read.
    private func settle(
        _ findings: [RepositoryComparison.Finding],
        _ watch: Int,
        mends: Bool
    ) async throws(LedgerError) -> [LedgerDifference] {
        guard !findings.isEmpty else { return [] }
        if mends {
            // Not all in one piece, so that changes need not wait for long.
            for start in stride(from: 0, to: findings.count, by: Self.pieceSize) {
                let piece = findings[start..<min(start + Self.pieceSize, findings.count)].map(\.fact)
                try await writer.perform { [self] (transaction) throws(SQLiteError) in
                    let touched = state.withLock { $0.changes.touched(watch) }
                    for fact in piece where !touched.contains(optional: fact.item) { try transaction.apply(fact) }
                }
            }
            instruments.mended.add(Int64(findings.count))
        }
        let touched = state.withLock { $0.changes.touched(watch) }
        return findings.filter { !touched.contains(optional: $0.fact.item) }.map(\.difference)
    }

    private static let pieceSize = 200

    /// Looks up in the storage what has become of a change.
    /// - Parameter id: of its intent, which ends with that.
    func examine(_ items: [StorageItem], of id: Int64) async throws(LedgerError) {
        let parts = Set(items.map(\.part))
        let watches = state.withLock { state in parts.map { state.changes.watch($0) } }
        defer { state.withLock { state in for watch in watches { state.changes.unwatch(watch) } } }
        var facts: [LedgerFact] = []
        for item in items {
            facts.append(try await reading { () async throws(StorageError) in try await tree.fact(of: item) })
        }
        for name in Set(items.compactMap(\.repository)) {
            let isListed = try await reading { () async throws(StorageError) in try await tree.isListed(name) }
            facts.append(.listed(name, isListed))
        }
        let seen = facts
        let hasEvents = try await writer.output { [self] (transaction) throws(SQLiteError) in
            let touched = state.withLock { state in
                watches.reduce(into: Set<StorageItem>()) { $0.formUnion(state.changes.touched($1)) }
            }
            for fact in seen where !touched.contains(optional: fact.item) { try transaction.apply(fact) }
            try transaction.database.run("DELETE FROM intents WHERE id = ?1", .integer(id))
            return try transaction.settlePromises(of: id, by: seen)
        }
        state.withLock { $0.uncertain[id] = nil }
        if hasEvents { outbox.tellArrival() }
    }

    /// Asks the storage, whose failures the ledger reports as its own.
    func reading<Output: Sendable>(
        _ body: () async throws(StorageError) -> Output
    ) async throws(LedgerError) -> Output {
        do {
            return try await body()
        } catch {
            throw LedgerError(.failed, "the storage cannot be read: \(error)")
        }
    }
}

extension TreeReader {
    /// What is so of an item.
    func fact(of item: StorageItem) async throws(StorageError) -> LedgerFact {
        switch item {
        case .blob(let digest): return .size(digest, try await size(of: digest))
        case .layer(let name, let digest): return .layer(name, digest, try await layer(digest, in: name))
        case .manifest(let name, let digest):
            guard try await hasManifest(digest, in: name), let manifest = try await manifest(digest) else {
                return .unlinked(name, digest)
            }
            return .linked(name, ManifestEntry(manifest))
        case .tag(let name, let tag):
            let target = try await self.tag(tag, in: name)
            return target.map { .tag(name, tag.description, $0) } ?? .noTag(name, tag.description)
        case .upload(let name, let id):
            return try await hasUpload(id, in: name) ? .upload(name, id) : .noUpload(name, id)
        }
    }
}

extension Set<StorageItem> {
    fileprivate func contains(optional item: StorageItem?) -> Bool { item.map { contains($0) } ?? false }
}
