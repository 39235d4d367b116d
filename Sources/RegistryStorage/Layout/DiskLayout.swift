//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Where everything is: distribution's tree, in one place and both ways.
///
/// ```
/// /docker/registry/v2
/// ├── blobs/<algorithm>/<first two hex>/<hex>/data
/// └── repositories/<name>
///     ├── _layers/<algorithm>/<hex>/link
///     ├── _manifests
///     │   ├── revisions/<algorithm>/<hex>/link
///     │   └── tags/<tag>
///     │       ├── current/link
///     │       └── index/<algorithm>/<hex>/link
///     └── _uploads/<id>
///         ├── data
///         ├── startedat
///         └── hashstates/<algorithm>/<offset>
/// ```
///
/// A link holds a digest as text, without a line end. No component of a repository's name starts with `_`, so the
/// folders of one repository never meet the name of another.
package enum DiskLayout {
    package static let root = StoragePath.root.appending("docker/registry/v2")
    package static let repositories = root.appending("repositories")

    package static func blob(_ digest: Digest) -> StoragePath {
        root.appending("blobs", digest.algorithm.rawValue, String(digest.hex.prefix(2)), String(digest.hex), "data")
    }

    package static func repository(_ name: RepositoryName) -> StoragePath {
        repositories.appending(name.description)
    }

    /// Outside of distribution's tree: says which ledger knows of every change of this storage.
    package static let ledgerMark = StoragePath.root.appending(".plimsoll", "ledger.mark")

    /// The folder of a blob: all that there is of it.
    package static func blobFolder(_ digest: Digest) -> StoragePath { blob(digest).parent }

    /// The folders that blobs are in by the first byte of their digest.
    package static func blobShard(_ algorithm: DigestAlgorithm, _ byte: UInt8) -> StoragePath {
        root.appending("blobs", algorithm.rawValue, hexadecimal([byte]))
    }

    package static func layers(_ name: RepositoryName) -> StoragePath {
        repository(name).appending(layersFolder)
    }

    package static func manifests(_ name: RepositoryName) -> StoragePath {
        repository(name).appending(manifestsFolder)
    }

    package static func layerLink(_ name: RepositoryName, _ digest: Digest) -> StoragePath {
        repositories.appending(name.description, layersFolder, digest.algorithm.rawValue, String(digest.hex), "link")
    }

    package static func revisions(_ name: RepositoryName, _ algorithm: DigestAlgorithm) -> StoragePath {
        manifests(name).appending("revisions/\(algorithm.rawValue)")
    }

    package static func layerLinks(_ name: RepositoryName, _ algorithm: DigestAlgorithm) -> StoragePath {
        layers(name).appending(algorithm.rawValue)
    }

    package static func revisionLink(_ name: RepositoryName, _ digest: Digest) -> StoragePath {
        repositories.appending(
            name.description,
            manifestsFolder,
            "revisions",
            digest.algorithm.rawValue,
            String(digest.hex),
            "link"
        )
    }

    package static func tags(_ name: RepositoryName) -> StoragePath {
        manifests(name).appending("tags")
    }

    package static func tag(_ name: RepositoryName, _ tag: Tag) -> StoragePath {
        tags(name).appending(tag.description)
    }

    package static func currentLink(_ name: RepositoryName, _ tag: Tag) -> StoragePath {
        repositories.appending(name.description, manifestsFolder, "tags", tag.description, "current/link")
    }

    package static func indexLink(_ name: RepositoryName, _ tag: Tag, _ digest: Digest) -> StoragePath {
        self.tag(name, tag).appending("index", digest.algorithm.rawValue, String(digest.hex), "link")
    }

    package static func upload(_ name: RepositoryName, _ id: UploadID) -> StoragePath {
        uploads(name).appending(id.description)
    }

    /// The folder of a repository's uploads.
    package static func uploads(_ name: RepositoryName) -> StoragePath {
        repository(name).appending(uploadsFolder)
    }

    package static func uploadData(_ name: RepositoryName, _ id: UploadID) -> StoragePath {
        upload(name, id).appending("data")
    }

    package static func uploadStart(_ name: RepositoryName, _ id: UploadID) -> StoragePath {
        upload(name, id).appending("startedat")
    }

    package static func hashStates(
        _ name: RepositoryName,
        _ id: UploadID,
        _ algorithm: DigestAlgorithm
    ) -> StoragePath {
        upload(name, id).appending("hashstates/\(algorithm.rawValue)")
    }

    private static let layersFolder = "_layers"
    private static let manifestsFolder = "_manifests"
    private static let uploadsFolder = "_uploads"

    /// Whether a folder's entries are those of a repository into which something was, or is to be, pushed.
    package static func hasUploads(_ entries: [FolderEntry]) -> Bool {
        entries.contains { $0.isFolder && $0.name == uploadsFolder }
    }

    /// Whether a folder's entries are those of a repository: one into which something was pushed.
    package static func isRepository(_ entries: [FolderEntry]) -> Bool {
        entries.contains { $0.isFolder && ($0.name == layersFolder || $0.name == manifestsFolder) }
    }

    /// Whether a path is that of an upload's folder.
    package static func isUpload(_ path: StoragePath) -> Bool { path.parent.name == uploadsFolder }

    /// Whether a path is that of what an upload has received.
    package static func isUploadData(_ path: StoragePath) -> Bool { path.name == "data" && isUpload(path.parent) }

    /// Whether a path is that of content that its digest names, and that is never other content.
    package static func isBlobData(_ path: StoragePath) -> Bool {
        path.name == "data" && path.description.hasPrefix(root.description + "/blobs/")
    }

    /// The digest of what is at a path; nil for what is no such content.
    package static func blobDigest(_ path: StoragePath) -> Digest? {
        guard isBlobData(path) else { return nil }
        let parts = path.description.dropFirst(root.description.utf8.count + 1).split(separator: "/")
        guard parts.count == 5, let digest = try? Digest("\(parts[1]):\(parts[3])") else { return nil }
        return blob(digest) == path ? digest : nil
    }

    /// Whether blobs are below a path that is none itself.
    static func mayHoldBlobs(_ path: StoragePath) -> Bool {
        let blobs = root.appending("blobs").description
        return path.description.hasPrefix(blobs + "/") || (blobs + "/").hasPrefix(path.description + "/")
    }

    /// Whether a path is that of a link.
    static func isLink(_ path: StoragePath) -> Bool {
        path.name == "link" && path.description.hasPrefix(repositories.description + "/")
    }

    /// Whether a path is that of a link which says where a tag points.
    static func isCurrentLink(_ path: StoragePath) -> Bool { path.description.hasSuffix("/current/link") }

    /// Whether links may be at a path or below it; uploads have none.
    static func mayHoldLinks(_ path: StoragePath) -> Bool {
        let (path, all) = (path.description + "/", repositories.description + "/")
        return all.hasPrefix(path) || (path.hasPrefix(all) && !path.contains("/" + uploadsFolder + "/"))
    }

    /// Whether an entry of a repository's folder may lead to further repositories.
    package static func leadsToRepositories(_ entry: FolderEntry) -> Bool {
        entry.isFolder && !entry.name.hasPrefix("_")
    }
}
