//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger

/// What tags of a repository have for themselves: what removing one of them frees.
///
/// A tag reaches the manifest that it leads to, and what that names, manifests of an index included. What no other tag
/// of the repository reaches, and no other repository, goes when the tag and its manifests go.
struct TagShares {
    /// Blobs by the manifest that names them.
    private var targets: [Int64: [Int64]] = [:]

    init(_ references: [LedgerTables.NamedBlob]) {
        for reference in references { targets[reference.manifest, default: []].append(reference.target) }
    }

    /// All that a manifest reaches, itself included.
    func reached(from manifest: Int64) -> Set<Int64> {
        var (found, waiting): (Set<Int64>, [Int64]) = ([manifest], [manifest])
        while let next = waiting.popLast() {
            for target in targets[next] ?? [] where found.insert(target).inserted { waiting.append(target) }
        }
        return found
    }

    /// - Parameters:
    ///   - tags: with the manifests that they lead to; 0 for none.
    ///   - sizes: in bytes, of blobs that no other repository reaches.
    /// - Returns: for each tag all that it reaches, and what only it does. Tags of one manifest have nothing alone.
    func shares(_ tags: [(name: String, manifest: Int64)], _ sizes: [Int64: Int64]) -> [Int64] {
        var counts: [Int64: Int] = [:]
        var closures: [Int64: Set<Int64>] = [:]
        for tag in tags where tag.manifest != 0 {
            let closure = closures[tag.manifest] ?? reached(from: tag.manifest)
            closures[tag.manifest] = closure
            for blob in closure { counts[blob, default: 0] += 1 }
        }
        return tags.map { tag in
            (closures[tag.manifest] ?? []).reduce(0) { sum, blob in
                counts[blob] == 1 ? sum + (sizes[blob] ?? 0) : sum
            }
        }
    }
}
