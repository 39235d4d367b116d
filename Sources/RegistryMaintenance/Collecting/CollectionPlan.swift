//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// What a collection will take out.
package struct CollectionPlan: Sendable {
    package var rules: MarkRules
    /// When the marking began: all is as it was then.
    package var takenAt: WallTime
    package var source: Source
    package var duration = Duration.zero
    /// Manifests that are unlinked from their repositories.
    package var manifests: [Unreachable.Link] = []
    /// Content that goes, with the links to it.
    package var blobs: [Unreachable.Blob] = []
    /// Repositories that leave the catalogue.
    package var repositories: [RepositoryName] = []
    /// Content that is needed.
    package var markedBlobs = 0
    package var markedBytes: Int64 = 0
    /// What would go if it were older: manifests and blobs.
    package var young = Tally()

    /// What the marking was made from.
    package enum Source: String, Sendable {
        case ledger, tree
    }

    package struct Tally: Sendable, Equatable {
        package var count = 0
        package var bytes: Int64 = 0

        package mutating func add(_ size: Int64) {
            count += 1
            bytes += size
        }
    }

    package init(rules: MarkRules, takenAt: WallTime, source: Source) {
        self.rules = rules
        self.takenAt = takenAt
        self.source = source
    }

    /// Bytes that go.
    package var bytes: Int64 { blobs.reduce(0) { $0 + $1.size } }

    package var links: Int { blobs.reduce(0) { $0 + $1.links.count } }

    /// What goes of one repository.
    package struct Share: Sendable, Equatable {
        /// Empty for content that no repository links to.
        package var repository: String
        package var manifests = 0
        package var blobs = 0
        /// Of content that it links to; what several link to counts in each of them.
        package var bytes: Int64 = 0
    }

    /// By repository, those with the most bytes first.
    package var shares: [Share] {
        var shares: [String: Share] = [:]
        for link in manifests {
            let name = link.repository.description
            shares[name, default: Share(repository: name)].manifests += 1
        }
        let owners = Dictionary(grouping: manifests, by: \.digest)
        for blob in blobs {
            let links = blob.links + (owners[blob.digest] ?? [])
            let names = links.isEmpty ? [""] : Array(Set(links.map(\.repository.description)))
            for name in names {
                shares[name, default: Share(repository: name)].blobs += 1
                shares[name]?.bytes += blob.size
            }
        }
        return shares.values.sorted { ($1.bytes, $0.repository) < ($0.bytes, $1.repository) }
    }
}
