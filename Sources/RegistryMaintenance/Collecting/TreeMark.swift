//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// Finds out of the storage itself what nothing needs: for storages without a ledger that is current.
///
/// All links are held in memory meanwhile.
struct TreeMark {
    let driver: any StorageDriver
    let rules: MarkRules

    private struct State {
        var facts: [Digest: Facts] = [:]
        var live: Set<Digest> = []
        var found = Unreachable()
        /// What repositories link to, by what the links lead to.
        var links: [Digest: [Unreachable.Link]] = [:]
    }

    /// What a manifest needs.
    struct Facts: Sendable {
        var children: [Digest] = []
        var blobs: [Digest] = []
        var subject: Digest?

        init(_ manifest: StoredManifest?) {
            guard let facts = manifest?.facts else { return }
            children = facts.manifests.map(\.digest)
            blobs = (facts.blobs + facts.foreignLayers).map(\.digest)
            subject = facts.subject?.digest
        }
    }

    /// Repositories that are read at once.
    private static let groupSize = 16

    /// - Parameter report: told how many repositories were read.
    func run(_ report: (Int) -> Void) async throws(CollectionError) -> Unreachable {
        var (state, walk, count) = (State(), RepositoryWalk(driver), 0)
        while true {
            var names: [RepositoryName] = []
            do throws(StorageError) {
                while names.count < Self.groupSize, let found = try await walk.next() {
                    guard let name = try? RepositoryName(found.name) else {
                        guard found.isListed else { continue }
                        // What it needs cannot be told, so nothing may go.
                        throw StorageError(
                            .failed,
                            "list",
                            DiskLayout.repositories,
                            cause: "\(found.name) is not the name of a repository"
                        )
                    }
                    names.append(name)
                }
            } catch {
                throw CollectionError(error)
            }
            guard !names.isEmpty else { break }
            for (name, repository, facts) in try await read(names, known: state.facts) {
                state.facts.merge(facts) { known, _ in known }
                add(name, repository, &state)
                count += 1
            }
            report(count)
            if Task.isCancelled { throw .stopped }
        }
        try await spread(&state)
        return try await collect(&state)
    }

    private typealias Reading = (RepositoryName, TreeReader.Repository, [Digest: Facts])

    private func read(_ names: [RepositoryName], known: [Digest: Facts]) async throws(CollectionError) -> [Reading] {
        let tree = TreeReader(driver)
        let results = await withTaskGroup(of: Result<Reading, StorageError>.self) { group in
            for name in names {
                group.addTask {
                    do throws(StorageError) {
                        let repository = try await tree.repository(name)
                        var facts: [Digest: Facts] = [:]
                        let tagged = repository.tags.values.compactMap(\.self)
                        for digest in repository.manifests.union(tagged) where known[digest] == nil {
                            facts[digest] = Facts(try await tree.manifest(digest))
                        }
                        return .success((name, repository, facts))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Result<Reading, StorageError>] = []
            for await result in group { results.append(result) }
            return results
        }
        var readings: [Reading] = []
        for result in results {
            do { readings.append(try result.get()) } catch { throw CollectionError(error) }
        }
        return readings.sorted { $0.0 < $1.0 }
    }

    private func add(_ name: RepositoryName, _ repository: TreeReader.Repository, _ state: inout State) {
        let liveness = Liveness(
            linked: repository.manifests,
            tagged: repository.tags.values.compactMap(\.self),
            rules: rules
        )
        let facts = state.facts
        let live = liveness.live(children: { facts[$0]?.children ?? [] }, subject: { facts[$0]?.subject })
        state.live.formUnion(live)
        let untagged = repository.manifests.subtracting(live)
        state.found.manifests += untagged.map { Unreachable.Link(name, $0) }
            .sorted { byteOrder($0.digest.description, $1.digest.description) }
        for (digest, target) in repository.layers {
            state.links[target, default: []].append(Unreachable.Link(name, digest))
        }
        if repository.isListed, repository.tags.isEmpty, repository.uploads.isEmpty,
            untagged.count == repository.manifests.count
        {
            state.found.repositories.append(name)
        }
    }

    /// Manifests of an index are needed as content, whether or not a repository links to them.
    private func spread(_ state: inout State) async throws(CollectionError) {
        let tree = TreeReader(driver)
        var waiting = Array(state.live)
        while let digest = waiting.popLast() {
            if state.facts[digest] == nil {
                do { state.facts[digest] = Facts(try await tree.manifest(digest)) } catch {
                    throw CollectionError(error)
                }
            }
            for child in state.facts[digest]?.children ?? [] where state.live.insert(child).inserted {
                waiting.append(child)
            }
        }
    }

    private func collect(_ state: inout State) async throws(CollectionError) -> Unreachable {
        var marked = state.live
        for digest in state.live { marked.formUnion(state.facts[digest]?.blobs ?? []) }
        // Content that goes by another name too is needed under both.
        for (target, links) in state.links where !marked.contains(target) {
            if links.contains(where: { marked.contains($0.digest) }) { marked.insert(target) }
        }
        let tree = TreeReader(driver)
        for algorithm in DigestAlgorithm.allCases {
            for byte in UInt8.min...UInt8.max {
                let sizes: [Digest: Int64]
                do { sizes = try await tree.shard(algorithm, byte) } catch { throw CollectionError(error) }
                for (digest, size) in sizes.sorted(by: { byteOrder($0.key.description, $1.key.description) }) {
                    if marked.contains(digest) {
                        state.found.markedBlobs += 1
                        state.found.markedBytes += size
                    } else {
                        let links = state.links[digest] ?? []
                        state.found.blobs.append(.init(digest, size: size, links: links))
                    }
                }
                if Task.isCancelled { throw .stopped }
            }
        }
        return state.found
    }
}
