//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage

extension StorageCopy {
    /// Makes links that are not so already.
    func copy(_ links: [CopiedLinks.Link], _ progress: inout Progress) async throws(CollectionError) {
        for start in stride(from: 0, to: links.count, by: Self.pieceSize) {
            if Task.isCancelled { throw .stopped }
            let piece = Array(links[start..<min(start + Self.pieceSize, links.count)])
            let there = try await reading { () async throws(StorageError) in
                try await target.read(all: piece.map(\.path), limit: Self.linkSize)
            }
            for (link, text) in zip(piece, there) where text.map({ String(buffer: $0) }) != link.target.description {
                progress.links += 1
                guard !settings.isDryRun else { continue }
                let bytes = ByteBuffer(string: link.target.description)
                try await reading { () async throws(StorageError) in
                    // Whoever copies makes them durable together, at the end; a copy that was ended looks at each again.
                    _ = try await target.replace(link.path, with: bytes, .volatile)
                }
            }
        }
    }

    private static let linkSize = 1024

    /// Removes links of a repository that the source has not: tags first, so that none leads nowhere.
    func prune(_ name: RepositoryName, _ wanted: TreeReader.Repository, _ progress: inout Progress)
        async throws(CollectionError)
    {
        let found = try await reading { () async throws(StorageError) in
            try await TreeReader(target).repository(name)
        }
        let tags = found.tags.keys.filter { wanted.tags[$0] == nil }.compactMap { try? Tag($0) }
        let manifests = found.manifests.subtracting(wanted.manifests)
        let layers = found.layers.keys.filter { wanted.layers[$0] == nil }
        let paths =
            tags.map { DiskLayout.tag(name, $0) }
            + manifests.map { DiskLayout.revisionLink(name, $0).parent }
            + layers.map { DiskLayout.layerLink(name, $0).parent }
        for path in paths { try await remove(path, &progress) }
    }

    func pruneRepositories(besides names: Set<RepositoryName>, _ progress: inout Progress)
        async throws(CollectionError)
    {
        var walk = RepositoryWalk(target)
        while let found = try await reading({ () async throws(StorageError) in try await walk.next() }) {
            guard found.isListed, let name = try? RepositoryName(found.name), !names.contains(name) else { continue }
            try await prune(name, TreeReader.Repository(), &progress)
            for folder in [DiskLayout.manifests(name), DiskLayout.layers(name)] { try await remove(folder, &progress) }
        }
    }

    private func remove(_ path: StoragePath, _ progress: inout Progress) async throws(CollectionError) {
        if Task.isCancelled { throw .stopped }
        progress.removedLinks += 1
        guard !settings.isDryRun else { return }
        try await reading { () async throws(StorageError) in
            do throws(StorageError) {
                try await target.remove(path)
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
    }
}
