//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
import RegistryTelemetry

/// Copies all repositories from one storage to another, of the same kind or not.
///
/// Content comes before the links to it, and manifests before tags, so that whatever is visible in the target is whole at
/// every moment. What is there already is left alone, so that a copy that was ended goes on where it was, and one that
/// is made again takes over what has changed since. Content that nothing links to, and open uploads, stay behind.
package struct StorageCopy: Sendable {
    let source: any StorageDriver
    let target: any StorageDriver
    package var settings: Settings

    package struct Settings: Sendable {
        /// Pieces of content that are copied at once.
        package var jobs = 4
        /// Whether all content in the target is read once more and compared with its digest.
        package var verifies = false
        /// Whether links are removed from the target that the source has not.
        package var prunes = false
        /// Whether the target stays as it is.
        package var isDryRun = false

        package init() {}
    }

    package init(from source: any StorageDriver, to target: any StorageDriver, _ settings: Settings = Settings()) {
        self.source = source
        self.target = target
        self.settings = settings
    }

    /// What was done so far.
    package struct Progress: Sendable, Equatable {
        package var repositories = 0
        package var totalRepositories: Int?
        /// Content that was copied, and its bytes.
        package var blobs = 0
        package var bytes: Int64 = 0
        /// Content that was in the target already.
        package var present = 0
        /// Of these and of those that were copied, those that were read again.
        package var verified = 0
        package var links = 0
        package var removedLinks = 0
        package var problems = 0

        package init() {}
    }

    /// Something that could not be copied.
    package struct Problem: Sendable, Equatable {
        package var repository: String
        package var digest: Digest
        package var cause: String
    }

    /// Copies all of it.
    /// - Parameters:
    ///   - report: told often how far it has come.
    ///   - problem: told of each piece of content that could not be copied; links to it are not made.
    /// - Throws: `stopped` when the task is cancelled; all else when a storage fails.
    package func run(
        _ report: (Progress) -> Void = { _ in },
        problem: (Problem) -> Void = { _ in }
    ) async throws(CollectionError) -> Progress {
        var progress = Progress()
        // Digests that are known to be in the target, or not to come there.
        var known: [Digest: Bool] = [:]
        if !settings.isDryRun { try await forgetLedger() }
        let names = try await repositories()
        progress.totalRepositories = names.count
        for name in names {
            if Task.isCancelled { throw .stopped }
            let repository = try await reading { () async throws(StorageError) in
                try await TreeReader(source).repository(name)
            }
            try await copy(repository, name, &known, &progress, report, problem)
            progress.repositories += 1
            report(progress)
        }
        if settings.prunes { try await pruneRepositories(besides: Set(names), &progress) }
        return progress
    }

    private func copy(
        _ repository: TreeReader.Repository,
        _ name: RepositoryName,
        _ known: inout [Digest: Bool],
        _ progress: inout Progress,
        _ report: (Progress) -> Void,
        _ problem: (Problem) -> Void
    ) async throws(CollectionError) {
        let wanted = Set(repository.layers.values).union(repository.manifests)
        let missing = wanted.filter { known[$0] == nil }.sorted { byteOrder($0.description, $1.description) }
        for start in stride(from: 0, to: missing.count, by: Self.pieceSize) {
            let piece = Array(missing[start..<min(start + Self.pieceSize, missing.count)])
            for outcome in try await copy(piece, &progress, report) {
                known[outcome.digest] = outcome.cause == nil
                guard let cause = outcome.cause else { continue }
                progress.problems += 1
                problem(Problem(repository: name.description, digest: outcome.digest, cause: cause))
            }
        }
        let there = Set(wanted.filter { known[$0] == true })
        let links = CopiedLinks(name, repository, there)
        for group in links.groups { try await copy(group, &progress) }
        if settings.prunes { try await prune(name, repository, &progress) }
    }

    static let pieceSize = 200

    private func repositories() async throws(CollectionError) -> [RepositoryName] {
        var names: [RepositoryName] = []
        var walk = RepositoryWalk(source)
        while let found = try await reading({ () async throws(StorageError) in try await walk.next() }) {
            if Task.isCancelled { throw .stopped }
            if found.isListed, let name = try? RepositoryName(found.name) { names.append(name) }
        }
        return names
    }

    /// The target's ledger, if there is one, knows nothing of what comes.
    private func forgetLedger() async throws(CollectionError) {
        try await reading { () async throws(StorageError) in
            do throws(StorageError) {
                try await target.discard(DiskLayout.ledgerMark)
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
    }

    func reading<Output: Sendable>(
        _ body: () async throws(StorageError) -> Output
    ) async throws(CollectionError) -> Output {
        do { return try await body() } catch { throw CollectionError(error) }
    }
}

/// The links of a repository whose content is there, in the order in which they are made.
struct CopiedLinks {
    struct Link: Sendable {
        var path: StoragePath
        /// What it leads to.
        var target: Digest
    }

    /// Each group is made before the next: layers, manifests, tags.
    let groups: [[Link]]

    init(_ name: RepositoryName, _ repository: TreeReader.Repository, _ there: Set<Digest>) {
        let layers = repository.layers.filter { there.contains($0.value) }
            .map { Link(path: DiskLayout.layerLink(name, $0.key), target: $0.value) }
        let manifests = repository.manifests.filter { there.contains($0) }
        let revisions = manifests.map { Link(path: DiskLayout.revisionLink(name, $0), target: $0) }
        let tags = repository.tags.flatMap { text, digest -> [Link] in
            guard let tag = try? Tag(text), let digest = digest ?? nil, manifests.contains(digest) else { return [] }
            return [
                Link(path: DiskLayout.indexLink(name, tag, digest), target: digest),
                Link(path: DiskLayout.currentLink(name, tag), target: digest),
            ]
        }
        self.groups = [layers, revisions, tags].map { group in
            group.sorted { byteOrder($0.path.description, $1.path.description) }
        }
    }
}
