//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// Goes through a whole storage and compares the ledger with it: first all content, then one repository after the other.
package struct LedgerComparison: Sendable {
    let ledger: SQLiteLedger
    /// Whether the ledger is changed to what the storage has.
    let mends: Bool
    /// The part of the time that it may take, above 0 and at most 1.
    let pace: Double

    /// Parts of the content, each with the digests that begin with one byte.
    package static let shardCount = DigestAlgorithm.allCases.count * 256

    /// Compares, from where an earlier comparison that mends has been left off.
    /// - Parameters:
    ///   - report: told of what was found and how far it has come, often.
    /// - Throws: `CancellationError` of the task as `unavailable`.
    func run(
        _ report: (_ found: [LedgerDifference], LedgerProgress) -> Void
    ) async throws(LedgerError) -> LedgerProgress {
        var position = mends ? try await ledger.position() : LedgerPosition()
        do throws(LedgerError) {
            return try await run(from: &position, report)
        } catch {
            // What was compared need not be compared again.
            if mends { try? await ledger.save(position) }
            throw error
        }
    }

    private func run(
        from position: inout LedgerPosition,
        _ report: (_ found: [LedgerDifference], LedgerProgress) -> Void
    ) async throws(LedgerError) -> LedgerProgress {
        var progress = LedgerProgress()
        progress.shards = position.shards
        progress.repositories = position.repositories
        let start = ContinuousClock.now
        var saved = start
        func note(_ found: [LedgerDifference], _ progress: inout LedgerProgress) {
            progress.differences += found.count
            progress.elapsed = .now - start
            report(found, progress)
        }
        while position.shards < Self.shardCount {
            let began = ContinuousClock.now
            let algorithm = DigestAlgorithm.allCases[position.shards / 256]
            let (found, count) = try await ledger.compare(algorithm, UInt8(position.shards % 256), mends: mends)
            position.shards += 1
            progress.shards = position.shards
            progress.blobs += count
            note(found, &progress)
            if mends, .now - saved > .seconds(1) {
                try await ledger.save(position)
                saved = .now
            }
            try await rest(began)
        }
        progress.totalRepositories = try await countRepositories()
        progress.first = (position.repositories, .now - start)
        try await repositories(&position, &progress, note)
        let wrong = try await ledger.audit(mends: mends)
        note(wrong, &progress)
        return progress
    }

    /// Names only, which is quick.
    private func countRepositories() async throws(LedgerError) -> Int {
        var (walk, count) = (RepositoryWalk(ledger.driver), 0)
        do throws(StorageError) {
            while try await walk.next() != nil { count += 1 }
        } catch {
            throw LedgerError(.failed, "the storage cannot be read: \(error)")
        }
        return count
    }

    private func repositories(
        _ position: inout LedgerPosition,
        _ progress: inout LedgerProgress,
        _ note: ([LedgerDifference], inout LedgerProgress) -> Void
    ) async throws(LedgerError) {
        var walk = RepositoryWalk(ledger.driver, after: position.repository)
        var last = position.repository ?? ""
        var saved = ContinuousClock.now
        while true {
            let began = ContinuousClock.now
            let group = try await Self.next(&walk)
            // Those in between are in the ledger only.
            let (after, end) = (last, group.count < Self.groupSize ? nil : group.last?.name)
            let known = try await ledger.read { (reading) throws(SQLiteError) in
                try reading.repositories(after: after, before: end)
            }
            let there = Dictionary(group.map { ($0.name, $0.isListed) }) { first, _ in first }
            let names = group.map(\.name) + known.filter { there[$0] == nil }
            for (name, found) in try await compare(names, there) {
                progress.repositories += 1
                progress.repository = name
                note(found, &progress)
            }
            guard let end else { break }
            last = end
            position.repository = end
            position.repositories = progress.repositories
            if mends, .now - saved > .seconds(1) {
                try await ledger.save(position)
                saved = .now
            }
            try await rest(began)
        }
    }

    /// At once, so that what is mended of one is written while the next is read, and with it.
    private func compare(
        _ names: [String],
        _ there: [String: Bool]
    ) async throws(LedgerError) -> [(name: String, found: [LedgerDifference])] {
        let results = await withTaskGroup(of: (String, Result<[LedgerDifference], LedgerError>).self) { group in
            for name in names {
                group.addTask {
                    do throws(LedgerError) {
                        return (name, .success(try await compare(name, isListed: there[name] == true)))
                    } catch {
                        return (name, .failure(error))
                    }
                }
            }
            var results: [(String, Result<[LedgerDifference], LedgerError>)] = []
            for await result in group { results.append(result) }
            return results
        }
        var found: [(name: String, found: [LedgerDifference])] = []
        for (name, result) in results.sorted(by: { byteOrder($0.0, $1.0) }) { found.append((name, try result.get())) }
        return found
    }

    private static let groupSize = 16

    /// The next repositories; fewer than a group at the end.
    private static func next(_ walk: inout RepositoryWalk) async throws(LedgerError) -> [RepositoryWalk.Found] {
        var group: [RepositoryWalk.Found] = []
        do throws(StorageError) {
            while group.count < groupSize, let found = try await walk.next() { group.append(found) }
        } catch {
            throw LedgerError(.failed, "the storage cannot be read: \(error)")
        }
        return group
    }

    /// A folder that clients cannot name is in the catalogue all the same, and nothing else is known of it.
    private func compare(_ text: String, isListed: Bool) async throws(LedgerError) -> [LedgerDifference] {
        if let name = try? RepositoryName(text) { return try await ledger.compare(name, mends: mends) }
        let known = try await ledger.read { (reading) throws(SQLiteError) in
            try reading.database.first("SELECT is_listed FROM repositories WHERE name = ?1", .text(text)) {
                $0.integer(0)
            } == 1
        }
        guard known != isListed else { return [] }
        if mends {
            try await ledger.writer.perform { (transaction) throws(SQLiteError) in
                try transaction.list(try transaction.repository(text), isListed)
            }
        }
        let words = [true: "listed", false: "not listed"]
        return [LedgerDifference("repository", text, "", ledger: words[known], storage: words[isListed])]
    }

    private func rest(_ began: ContinuousClock.Instant) async throws(LedgerError) {
        if pace < 1 { try? await Task.sleep(for: (.now - began) * ((1 - pace) / pace)) }
        if Task.isCancelled { throw LedgerError(.unavailable, "it was told to end") }
    }
}

/// Where a comparison that mends goes on.
struct LedgerPosition: Sendable, Equatable {
    var shards = 0
    /// The last one that was compared.
    var repository: String?
    var repositories = 0

    var text: String { "\(shards) \(repositories) \(repository ?? "")" }

    init() {}

    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let shards = Int(parts[0]), let repositories = Int(parts[1]) else { return nil }
        self.shards = shards
        self.repositories = repositories
        self.repository = parts[2].isEmpty ? nil : String(parts[2])
    }
}

extension SQLiteLedger {
    func position() async throws(LedgerError) -> LedgerPosition {
        let text = try await read { (reading) throws(SQLiteError) in
            try reading.database.meta("position")
        }
        return text.flatMap { LedgerPosition($0) } ?? LedgerPosition()
    }

    func save(_ position: LedgerPosition) async throws(LedgerError) {
        try await writer.perform { (transaction) throws(SQLiteError) in
            try transaction.setMeta("position", position.text)
        }
    }
}
