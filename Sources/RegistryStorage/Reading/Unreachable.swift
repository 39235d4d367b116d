//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Which manifests count as needed when a storage is marked.
package struct MarkRules: Sendable, Equatable {
    /// Whether manifests without a tag go, but for those that what is tagged needs: manifests of an index, and subjects.
    package var deletesUntagged: Bool
    /// Whether a manifest without a tag stays as long as its subject does; only where untagged ones go.
    package var keepsReferrers: Bool

    package init(deletesUntagged: Bool = false, keepsReferrers: Bool = true) {
        self.deletesUntagged = deletesUntagged
        self.keepsReferrers = keepsReferrers
    }
}

/// What in a storage nothing needs: the result of marking it.
package struct Unreachable: Sendable, Equatable {
    /// A link of a repository to a manifest or a blob.
    package struct Link: Sendable, Hashable {
        package var repository: RepositoryName
        package var digest: Digest

        package init(_ repository: RepositoryName, _ digest: Digest) {
            self.repository = repository
            self.digest = digest
        }
    }

    package struct Blob: Sendable, Equatable {
        package var digest: Digest
        /// Bytes.
        package var size: Int64
        /// The links of repositories that lead to it, which go with it.
        package var links: [Link]

        package init(_ digest: Digest, size: Int64, links: [Link] = []) {
            self.digest = digest
            self.size = size
            self.links = links
        }
    }

    /// Manifests that are to be unlinked, by repository in byte order.
    package var manifests: [Link] = []
    /// In byte order of their digests.
    package var blobs: [Blob] = []
    /// Repositories in the catalogue that have no manifest, tag or upload, or will have none.
    package var repositories: [RepositoryName] = []
    /// Manifests that are needed and of which the marking does not know what they need: those of indexes and tags that no
    /// repository links to.
    ///
    /// What they name is among `blobs`, unless the caller takes it out.
    package var unread: [Digest] = []
    /// Content that is needed.
    package var markedBlobs = 0
    package var markedBytes: Int64 = 0

    package init() {}
}

/// Which manifests of one repository are needed.
package struct Liveness<ID: Hashable> {
    /// Manifests that the repository links to.
    package var linked: Set<ID>
    /// Those that tags lead to, linked or not.
    package var tagged: [ID]
    package var rules: MarkRules

    package init(linked: Set<ID>, tagged: [ID], rules: MarkRules) {
        self.linked = linked
        self.tagged = tagged
        self.rules = rules
    }

    /// - Parameters:
    ///   - children: manifests that a manifest names.
    ///   - subject: what a manifest is about.
    package func live(children: (ID) -> [ID], subject: (ID) -> ID?) -> Set<ID> {
        guard rules.deletesUntagged else { return linked.union(tagged) }
        var referrers: [ID: [ID]] = [:]
        if rules.keepsReferrers {
            for manifest in linked {
                if let subject = subject(manifest) { referrers[subject, default: []].append(manifest) }
            }
        }
        var (live, waiting) = (Set<ID>(), tagged)
        while let manifest = waiting.popLast() {
            guard live.insert(manifest).inserted else { continue }
            waiting += children(manifest).filter(linked.contains)
            if let subject = subject(manifest), linked.contains(subject) { waiting.append(subject) }
            waiting += referrers[manifest] ?? []
        }
        return live
    }
}
