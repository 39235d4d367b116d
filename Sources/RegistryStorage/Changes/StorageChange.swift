//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// What has become of an item.
package enum StorageChange: Sendable {
    /// Content is there, with so many bytes.
    case blobStored(Digest, size: Int64)
    case blobRemoved(Digest)
    /// - Parameter target: the digest in the link, which may be another name of the content.
    case layerLinked(RepositoryName, Digest, target: Digest)
    case layerUnlinked(RepositoryName, Digest)
    /// The content of the manifest is there too.
    case manifestLinked(RepositoryName, StoredManifest)
    case manifestUnlinked(RepositoryName, Digest)
    case tagSet(RepositoryName, Tag, Digest)
    case tagRemoved(RepositoryName, Tag)
    case uploadBegun(RepositoryName, UploadID, WallTime?)
    case uploadEnded(RepositoryName, UploadID)
    /// A folder is a repository's, as the catalogue has it.
    case repositoryListed(String)
    case repositoryUnlisted(String)
}

/// Who has something changed, and in which request.
package struct MutationOrigin: Sendable, Equatable {
    /// The user; nil where nobody has to say who he is, and for what the server does by itself.
    package var actor: String?
    package var requestID: String?
    /// Nil for what the server does by itself.
    package var request: RequestOrigin?
    package var time: WallTime

    package init(
        actor: String? = nil,
        requestID: String? = nil,
        request: RequestOrigin? = nil,
        time: WallTime = .now
    ) {
        self.actor = actor
        self.requestID = requestID
        self.request = request
        self.time = time
    }
}

/// A change that is about to be made.
package struct Mutation: Sendable {
    /// All that it may touch.
    package var items: [StorageItem]
    package var origin: MutationOrigin
    /// What others are told of once it is made.
    package var events: [StorageEvent]

    package init(_ items: [StorageItem], by origin: MutationOrigin, telling events: [StorageEvent] = []) {
        self.items = items
        self.origin = origin
        self.events = events
    }
}
