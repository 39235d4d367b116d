//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTestKit

@testable import RegistryLedger

/// The figures of all repositories, computed from nothing but the storage, with sets.
enum BruteForce {
    static func figures(_ driver: any StorageDriver) async throws -> [RepositoryFigures] {
        try await all(driver).figures
    }

    /// - Returns: the figures too, and what each repository reaches.
    static func all(_ driver: any StorageDriver) async throws
        -> (figures: [RepositoryFigures], reached: [String: Set<Digest>])
    {
        let tree = TreeReader(driver)
        var (reached, figures) = ([String: Set<Digest>](), [RepositoryFigures]())
        var walk = RepositoryWalk(driver)
        while let found = try await walk.next() {
            guard found.isListed else { continue }
            let repository = try await tree.repository(try RepositoryName(found.name))
            var (digests, row) = (Set<Digest>(), RepositoryFigures(name: found.name))
            for digest in repository.manifests {
                let manifest = try await tree.manifest(digest)
                guard let manifest else { continue }
                row.manifests += 1
                row.logicalBytes += Int64(manifest.bytes.readableBytes)
                digests.insert(digest)
                for blob in manifest.facts.blobs + manifest.facts.foreignLayers {
                    row.logicalBytes += blob.size
                    digests.insert(blob.digest)
                }
                for child in manifest.facts.manifests { digests.insert(child.digest) }
            }
            for (digest, target) in repository.layers where digest != target { digests.insert(target) }
            row.tags = Int64(repository.tags.count)
            row.blobs = Int64(digests.count)
            reached[found.name] = digests
            figures.append(row)
        }
        for index in figures.indices {
            let own = reached[figures[index].name] ?? []
            let others = reached.filter { $0.key != figures[index].name }.values.reduce(into: Set()) {
                $0.formUnion($1)
            }
            for digest in own {
                let size = try await tree.size(of: digest) ?? 0
                figures[index].deduplicatedBytes += size
                if !others.contains(digest) { figures[index].exclusiveBytes += size }
            }
        }
        return (figures, reached)
    }
}
