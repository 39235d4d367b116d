//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Outside of distribution's tree, on the same volume: what was taken out of it, in folders named as there.
///
/// ```
/// /.plimsoll
/// ├── trash/<run>
/// │   ├── blobs/<algorithm>/<hex>/data
/// │   ├── folders/<number>
/// │   └── repositories/<name>
/// │       ├── _layers/<algorithm>/<hex>/link
/// │       └── _manifests/revisions/<algorithm>/<hex>/link
/// ├── quarantine/<algorithm>/<hex>/data
/// ├── copying/<algorithm>/<hex>/data
/// └── maintenance
///     ├── collection     what the last collection did
///     └── scrub          how far the check of all content is
/// ```
extension DiskLayout {
    private static let own = StoragePath.root.appending(".plimsoll")
    package static let trash = own.appending("trash")
    package static let quarantine = own.appending("quarantine")
    package static let collectionRecord = own.appending("maintenance", "collection")
    package static let scrubRecord = own.appending("maintenance", "scrub")

    /// What one run has taken out.
    /// - Parameter run: an id without slashes.
    package static func trash(_ run: String) -> StoragePath { trash.appending(run) }

    package static func trashedBlobs(_ run: String, _ algorithm: DigestAlgorithm) -> StoragePath {
        trash(run).appending("blobs", algorithm.rawValue)
    }

    package static func trashedBlob(_ run: String, _ digest: Digest) -> StoragePath {
        trashedBlobs(run, digest.algorithm).appending(String(digest.hex))
    }

    package static func trashedRepositories(_ run: String) -> StoragePath { trash(run).appending("repositories") }

    /// Where something of the tree of repositories is in the trash; nil for what is not in that tree.
    package static func trashed(_ run: String, _ path: StoragePath) -> StoragePath? {
        let prefix = repositories.description + "/"
        guard path.description.hasPrefix(prefix) else { return nil }
        return trashedRepositories(run).appending(String(path.description.dropFirst(prefix.utf8.count)))
    }

    /// A place in the trash for a folder of which nothing has to be known.
    package static func trashedFolder(_ run: String, _ number: Int) -> StoragePath {
        trash(run).appending("folders", String(number))
    }

    package static func quarantined(_ digest: Digest) -> StoragePath {
        quarantine.appending(digest.algorithm.rawValue, String(digest.hex))
    }

    /// Where content is while it comes from another storage.
    package static func copied(_ digest: Digest) -> StoragePath {
        own.appending("copying", digest.algorithm.rawValue, String(digest.hex))
    }

    /// The folder of a tag's history with one algorithm.
    package static func indexLinks(_ name: RepositoryName, _ tag: Tag, _ algorithm: DigestAlgorithm) -> StoragePath {
        self.tag(name, tag).appending("index", algorithm.rawValue)
    }
}
