//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryModel

/// Which manifests of a repository name another one as their subject.
///
/// The tree has no place for this, so the repository's revisions are listed at each request; what a manifest says about
/// its subject is read once and kept, since it cannot change.
package struct ReferrerStore: Sendable {
    private let context: StoreContext
    private let manifests: ManifestStore
    private let known: BoundedCache<Digest, Fact?>

    /// What one manifest says; nil for one without a subject.
    private struct Fact: Sendable {
        let subject: Digest
        let referrer: Referrer
    }

    package init(_ context: StoreContext, manifests: ManifestStore) {
        self.context = context
        self.manifests = manifests
        self.known = BoundedCache(maximumEntries: 0, maximumBytes: Self.maximumCacheBytes)
    }

    private static let maximumCacheBytes = 32 << 20

    /// Referrers of a digest, in byte order of their own digests; the subject need not exist.
    package func list(of subject: Digest, in name: RepositoryName) async throws(RegistryError) -> [Referrer] {
        if let referrers = await context.index?.referrers(of: subject, in: name) { return referrers }
        var referrers: [Referrer] = []
        for algorithm in DigestAlgorithm.allCases {
            for revision in try await revisions(algorithm, in: name) {
                guard let referrer = try await referrer(revision, to: subject, in: name) else { continue }
                referrers.append(referrer)
            }
        }
        return referrers
    }

    private func revisions(_ algorithm: DigestAlgorithm, in name: RepositoryName) async throws(RegistryError)
        -> [Digest]
    {
        do {
            return try await context.driver.list(DiskLayout.revisions(name, algorithm), after: nil, limit: .max)
                .compactMap { try? Digest("\(algorithm.rawValue):\($0.name)") }
        } catch {
            guard error.code == .notFound else { throw context.registryError(error) }
            return []
        }
    }

    private func referrer(
        _ digest: Digest,
        to subject: Digest,
        in name: RepositoryName
    ) async throws(RegistryError) -> Referrer? {
        guard let fact = try await fact(of: digest, in: name), fact.subject == subject else { return nil }
        // The folder of a revision may outlive its link.
        guard try await manifests.links.target(of: DiskLayout.revisionLink(name, digest), named: digest) != nil else {
            return nil
        }
        return fact.referrer
    }

    private func fact(of digest: Digest, in name: RepositoryName) async throws(RegistryError) -> Fact? {
        if let fact = known[digest] { return fact }
        let manifest: StoredManifest
        do {
            manifest = try await manifests.load(digest, in: name).manifest
        } catch {
            // A revision whose content is gone or broken refers to nothing.
            guard error.code == .manifestUnknown else { throw error }
            return nil
        }
        let fact = manifest.facts.subject.map { subject in
            Fact(
                subject: subject.digest,
                referrer: Referrer(
                    descriptor: manifest.descriptor,
                    artifactType: manifest.facts.artifactType,
                    annotations: manifest.facts.annotations
                )
            )
        }
        known.insert(fact, for: digest, bytes: fact == nil ? 256 : manifest.bytes.readableBytes)
        return fact
    }
}
