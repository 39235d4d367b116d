//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// Takes out what a plan says, piece by piece, each with the journal told before and after.
struct Sweep {
    let collector: Collector
    let plan: CollectionPlan
    var report: CollectionReport
    private var pacer: Pacer
    /// What manifests need that were to go and stay.
    private var needed: Set<Digest> = []
    /// Links of the plan that go with their repositories.
    private let leavingLinks: Set<Unreachable.Link>
    /// Repositories that have been taken out, with all links in them.
    private var gone: Set<RepositoryName> = []

    private var context: StoreContext { collector.context }
    private var guardian: UseGuard { collector.context.uses }
    private var instruments: MaintenanceInstruments { collector.context.instruments.maintenance }

    init(collector: Collector, plan: CollectionPlan, report: CollectionReport) {
        self.collector = collector
        self.plan = plan
        self.report = report
        self.pacer = Pacer(collector.settings.budget)
        let leaving = Set(plan.repositories)
        self.leavingLinks = Set(plan.blobs.flatMap(\.links).filter { leaving.contains($0.repository) })
    }

    /// Content in one piece: fewer where it must be slow.
    private var pieceSize: Int {
        collector.settings.budget.map { max(1, min($0 / 4, Self.maximumPiece)) } ?? Self.maximumPiece
    }

    private static let maximumPiece = 1000
    private static let maximumRepositories = 50

    mutating func run() async throws(CollectionError) {
        var (manifests, blobs, repositories) = (plan.manifests[...], plan.blobs[...], plan.repositories[...])
        defer { noteUnfinished(manifests, blobs, repositories) }
        while let first = manifests.first {
            let group = manifests.prefix { $0.repository == first.repository }
            try await pacer.spend(group.count)
            try await unlink(group.map(\.digest), in: first.repository)
            manifests = manifests.dropFirst(group.count)
        }
        // Before content, so that the links of a repository go in one piece.
        while !repositories.isEmpty {
            let piece = repositories.prefix(min(pieceSize, Self.maximumRepositories))
            try await pacer.spend(2 * piece.count)
            try await remove(Array(piece))
            repositories = repositories.dropFirst(piece.count)
        }
        while !blobs.isEmpty {
            let piece = blobs.prefix(pieceSize)
            try await pacer.spend(piece.reduce(0) { $0 + 1 + $1.links.count })
            try await remove(Array(piece))
            blobs = blobs.dropFirst(piece.count)
        }
        try await deleteTrashed()
    }

    private mutating func noteUnfinished(
        _ manifests: ArraySlice<Unreachable.Link>,
        _ blobs: ArraySlice<Unreachable.Blob>,
        _ repositories: ArraySlice<RepositoryName>
    ) {
        for _ in 0..<(manifests.count + repositories.count) { report.spare(.unfinished, 0) }
        for blob in blobs { report.spare(.unfinished, blob.size) }
        for (reason, tally) in report.spared { instruments.spared[reason].add(Int64(tally.count)) }
    }

    /// Without a trash, what has been taken out is deleted when all of it is.
    private func deleteTrashed() async throws(CollectionError) {
        guard collector.settings.grace == nil else { return }
        try await Trash(context, driver: collector.driver).delete(run: report.run)
    }

    // MARK: Manifests

    private mutating func unlink(_ digests: [Digest], in name: RepositoryName) async throws(CollectionError) {
        var claimed = guardian.claim(digests)
        defer { guardian.release(claimed) }
        let spared = Set(digests).subtracting(claimed)
        for _ in spared { report.spare(.used, 0) }
        if !spared.isEmpty {
            // What they need stays with them.
            let own = try await collector.needs(of: Array(spared))
            needed.formUnion(own)
            needed.formUnion(spared)
            let kept = claimed.filter { own.contains($0) }
            guardian.release(kept)
            claimed.removeAll { own.contains($0) }
            for _ in kept { report.spare(.needed, 0) }
        }
        guard !claimed.isEmpty else { return }
        let links = claimed
        let history = try await history(of: Set(links), in: name)
        let run = report.run
        let moves =
            (links.map { DiskLayout.revisionLink(name, $0).parent } + history).compactMap { path in
                DiskLayout.trashed(run, path).map { StorageMove(path, to: $0) }
            }
        let results = try await change(links.map { .manifest(name, $0) }, moves) { results in
            zip(links, results).map { digest, _ in .manifestUnlinked(name, digest) }
        }
        let removed = results.prefix(links.count).count(where: \.self)
        for _ in removed..<links.count { report.spare(.gone, 0) }
        report.removed.manifests += removed
        instruments.removed[.manifest].add(Int64(removed))
    }

    /// Entries of the history of a repository's tags that are some manifests.
    private func history(of digests: Set<Digest>, in name: RepositoryName) async throws(CollectionError)
        -> [StoragePath]
    {
        var paths: [StoragePath] = []
        for tag in try await list(DiskLayout.tags(name)).compactMap({ try? Tag($0.name) }) {
            for algorithm in DigestAlgorithm.allCases {
                for entry in try await list(DiskLayout.indexLinks(name, tag, algorithm)) {
                    guard let digest = try? Digest("\(algorithm.rawValue):\(entry.name)"), digests.contains(digest)
                    else { continue }
                    paths.append(DiskLayout.indexLink(name, tag, digest).parent)
                }
            }
        }
        return paths
    }

    private func list(_ path: StoragePath) async throws(CollectionError) -> [FolderEntry] {
        do throws(StorageError) {
            return try await collector.driver.list(path, after: nil, limit: .max)
        } catch {
            guard error.code == .notFound else { throw CollectionError(error) }
            return []
        }
    }

    // MARK: Blobs

    private mutating func remove(_ planned: [Unreachable.Blob]) async throws(CollectionError) {
        var blobs: [Unreachable.Blob] = []
        for blob in planned {
            if needed.contains(blob.digest) { report.spare(.needed, blob.size) } else { blobs.append(blob) }
        }
        let claimed = guardian.claim(blobs.map(\.digest))
        defer { guardian.release(claimed) }
        let unused = Set(claimed)
        for blob in blobs where !unused.contains(blob.digest) { report.spare(.used, blob.size) }
        blobs.removeAll { !unused.contains($0.digest) }
        // Once more with all that has been pushed since; none of it can be about these, or something is wrong.
        let reached = try await reached(blobs)
        for blob in blobs where reached.contains(blob.digest) { report.spare(.needed, blob.size) }
        blobs.removeAll { reached.contains($0.digest) }
        if !blobs.isEmpty { try await take(blobs) }
        monitor(planned.count)
    }

    private mutating func take(_ blobs: [Unreachable.Blob]) async throws(CollectionError) {
        let (run, links) = (report.run, blobs.flatMap(\.links).filter { !gone.contains($0.repository) })
        // The links first: one that leads nowhere would be worse than content without one.
        let moves =
            links.compactMap { link in
                let path = DiskLayout.layerLink(link.repository, link.digest).parent
                return DiskLayout.trashed(run, path).map { StorageMove(path, to: $0) }
            }
            + blobs.map { StorageMove(DiskLayout.blobFolder($0.digest), to: DiskLayout.trashedBlob(run, $0.digest)) }
        let items =
            blobs.map { StorageItem.blob($0.digest) } + links.map { StorageItem.layer($0.repository, $0.digest) }
        let results = try await change(items, moves) { _ in
            links.map { .layerUnlinked($0.repository, $0.digest) } + blobs.map { .blobRemoved($0.digest) }
        }
        let removedLinks = results.prefix(links.count).count(where: \.self)
        report.removed.links += removedLinks
        instruments.removed[.layer].add(Int64(removedLinks))
        var bytes: Int64 = 0
        for (blob, isRemoved) in zip(blobs, results.dropFirst(links.count)) {
            guard isRemoved else {
                report.spare(.gone, blob.size)
                continue
            }
            report.removed.blobs += 1
            bytes += blob.size
        }
        report.removed.bytes += bytes
        instruments.removed[.blob].add(Int64(results.dropFirst(links.count).count(where: \.self)))
        if collector.settings.grace != nil { instruments.trashedBytes.add(bytes) }
        instruments.trash.add(bytes)
    }

    private func monitor(_ count: Int) {
        collector.monitor.sweep(count, removed: report.removed.bytes - collector.monitor.progress.removedBytes)
    }

    private func reached(_ blobs: [Unreachable.Blob]) async throws(CollectionError) -> Set<Digest> {
        guard plan.source == .ledger, let ledger = collector.ledger, !blobs.isEmpty else { return [] }
        // Content is reached by a link under another name, which goes with it.
        let plain = blobs.filter { blob in blob.links.allSatisfy { $0.digest == blob.digest } }
        do {
            return try await ledger.reached(among: plain.map(\.digest))
        } catch {
            throw CollectionError(.failed, "the ledger cannot be asked: \(error)")
        }
    }

    // MARK: Repositories

    private mutating func remove(_ names: [RepositoryName]) async throws(CollectionError) {
        let claimed = names.filter { guardian.claim($0) }
        defer { for name in claimed { guardian.release(name) } }
        for _ in claimed.count..<names.count { report.spare(.used, 0) }
        let ages = AgeGuard(driver: collector.driver, olderThan: .zero, at: plan.takenAt)
        var (moves, items, changes) = ([StorageMove](), [StorageItem](), [StorageChange]())
        var (count, links, left) = (0, 0, [RepositoryName]())
        for name in claimed {
            guard try await collector.isEmpty(name, ages) else {
                report.spare(.needed, 0)
                continue
            }
            let layers: [Digest]
            do { layers = try await TreeReader(collector.driver).layers(of: name) } catch {
                throw CollectionError(error)
            }
            count += 1
            left.append(name)
            links += layers.count { leavingLinks.contains(.init(name, $0)) }
            if let target = DiskLayout.trashed(report.run, DiskLayout.layers(name)) {
                moves.append(StorageMove(DiskLayout.layers(name), to: target))
            }
            // Of which nothing is left but folders.
            let place = DiskLayout.trashedFolder(report.run, report.removed.repositories + count)
            moves.append(StorageMove(DiskLayout.manifests(name), to: place))
            // One at least, for the journal, which looks up after a crash whether the repository is still listed.
            items += (layers.isEmpty ? [ContentHasher(.sha256).digest] : layers).map { .layer(name, $0) }
            changes += layers.map { .layerUnlinked(name, $0) } + [.repositoryUnlisted(name.description)]
        }
        guard count > 0 else { return }
        let done = changes
        _ = try await change(items, moves) { _ in done }
        gone.formUnion(left)
        report.removed.repositories += count
        report.removed.links += links
        instruments.removed[.layer].add(Int64(links))
        instruments.removed[.repository].add(Int64(count))
    }

    // MARK: Changing

    /// Moves things into the trash, with the journal told.
    private func change(
        _ items: [StorageItem],
        _ moves: [StorageMove],
        _ changes: @Sendable ([Bool]) -> [StorageChange]
    ) async throws(CollectionError) -> [Bool] {
        let driver = collector.driver
        do throws(RegistryError) {
            return try await context.change(items, by: collector.origin) { (done) async throws(RegistryError) in
                do throws(StorageError) {
                    let results = try await driver.move(all: moves)
                    done += changes(results)
                    return results
                } catch {
                    throw RegistryError(.unknown, detail: "the storage failed", cause: error.description)
                }
            }
        } catch {
            throw CollectionError(error)
        }
    }
}
