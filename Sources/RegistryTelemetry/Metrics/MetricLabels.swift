//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Which way the bytes of a body went, as metric label `direction`.
package enum BodyDirection: String, Sendable, CaseIterable {
    case received, sent
}

/// What came of an attempt to store something, as metric label `result`.
package enum StoreResult: String, Sendable, CaseIterable {
    case stored
    /// The client sent what the registry does not take.
    case refused
    /// The registry could not.
    case failed

    package init(_ error: RegistryError) { self = error.status < 500 ? .refused : .failed }
}

/// The type of a manifest, as metric label `media_type`.
package enum ManifestTypeLabel: String, Sendable, CaseIterable {
    case ociManifest = "application/vnd.oci.image.manifest.v1+json"
    case ociIndex = "application/vnd.oci.image.index.v1+json"
    case ociArtifact = "application/vnd.oci.artifact.manifest.v1+json"
    case dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    case dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    case dockerSigned = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    case dockerUnsigned = "application/vnd.docker.distribution.manifest.v1+json"
    /// Any other, or none that was told.
    case other

    package init(_ type: MediaType?) { self = type.flatMap { Self(rawValue: $0.description) } ?? .other }
}

/// What a question to distribution 2's cache came to, as its metric label `type`.
package enum CacheEvent: String, Sendable, CaseIterable {
    case request = "Request"
    case hit = "Hit"
    case miss = "Miss"
}

/// Whether a client was sent elsewhere for content, as GitLab's metric label `redirect`.
package enum RedirectLabel: String, Sendable, CaseIterable {
    case no = "false"
    case yes = "true"
}

/// What a task of the I/O pool does, as metric label `state`.
package enum PoolTaskState: String, Sendable, CaseIterable {
    /// For a thread.
    case waiting
    case running
}

/// What came of a request for metrics, as metric label `result`.
package enum ScrapeResult: String, Sendable, CaseIterable {
    case served
    /// Too many at once: 503.
    case refused
    /// The scraper went away, or was too slow to take the answer.
    case aborted
}
