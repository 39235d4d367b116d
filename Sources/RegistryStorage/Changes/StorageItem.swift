//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Something in the storage that is there or not, and leads somewhere: what one change is about.
package enum StorageItem: Sendable, Hashable {
    /// Content.
    case blob(Digest)
    /// A repository's link to a blob.
    case layer(RepositoryName, Digest)
    /// A repository's link to a manifest.
    case manifest(RepositoryName, Digest)
    case tag(RepositoryName, Tag)
    case upload(RepositoryName, UploadID)

    /// The repository that it is in; nil for content, which all share.
    package var repository: RepositoryName? {
        switch self {
        case .blob: nil
        case .layer(let name, _), .manifest(let name, _), .tag(let name, _), .upload(let name, _): name
        }
    }

    /// One word for its kind, then the repository and what it is called there, with spaces between.
    package var text: String {
        switch self {
        case .blob(let digest): "blob \(digest)"
        case .layer(let name, let digest): "layer \(name) \(digest)"
        case .manifest(let name, let digest): "manifest \(name) \(digest)"
        case .tag(let name, let tag): "tag \(name) \(tag)"
        case .upload(let name, let id): "upload \(name) \(id)"
        }
    }

    /// Reads what `text` tells; nil for what is no item.
    package init?(_ text: some StringProtocol) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        do throws(RegistryError) {
            switch (words.first, words.count) {
            case ("blob", 2): self = .blob(try Digest(words[1]))
            case ("layer", 3): self = .layer(try RepositoryName(words[1]), try Digest(words[2]))
            case ("manifest", 3): self = .manifest(try RepositoryName(words[1]), try Digest(words[2]))
            case ("tag", 3): self = .tag(try RepositoryName(words[1]), try Tag(words[2]))
            case ("upload", 3): self = .upload(try RepositoryName(words[1]), try UploadID(words[2]))
            default: return nil
            }
        } catch {
            return nil
        }
    }
}
