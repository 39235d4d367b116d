//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// What a request is about: a route of the API with its validated parts.
enum Route: Sendable, Equatable {
    case base
    case catalog
    case tags(RepositoryName)
    case manifest(RepositoryName, Reference)
    case blob(RepositoryName, Digest)
    case uploads(RepositoryName)
    case upload(RepositoryName, UploadID)
    case referrers(RepositoryName, Digest)

    /// The repository, on all routes but two.
    var repository: RepositoryName? {
        switch self {
        case .base, .catalog: nil
        case .tags(let name), .manifest(let name, _), .blob(let name, _), .uploads(let name), .upload(let name, _),
            .referrers(let name, _):
            name
        }
    }
}

/// A path that has the shape of a route; its parts are still text.
///
/// Paths are read from the tail, since names of repositories have slashes in them: what the last components are decides
/// the route, and all before them is the name. Components are split before they are decoded, so that an encoded slash
/// is never a separator.
struct RouteMatch: Sendable, Equatable {
    let name: RouteName
    /// What stands where the repository's name does.
    private let repository: Substring
    /// The last component, where it says what of the repository.
    private let item: Substring

    private init(_ name: RouteName, _ repository: Substring = "", _ item: Substring = "") {
        self.name = name
        self.repository = repository
        self.item = item
    }

    /// Finds the route of a path.
    /// - Parameters:
    ///   - path: without query.
    ///   - prefix: `http.prefix`: empty, or a path that begins and ends with a slash.
    /// - Returns: nil for no route of the API.
    init?(path: Substring, prefix: String) {
        guard path.hasPrefix(prefix.isEmpty ? "/" : prefix) else { return nil }
        let rest = Self.decoded(path.dropFirst(prefix.isEmpty ? 1 : prefix.count))
        guard rest.hasPrefix("v2/") else {
            guard rest == "v2" else { return nil }
            self.init(.base)
            return
        }
        var tail = rest.dropFirst(3)
        let isFolder = tail.utf8.last == UInt8(ascii: "/")
        if isFolder { tail = tail.dropLast() }
        switch tail {
        case "" where !isFolder:
            self.init(.base)
        case "_catalog":
            self.init(.catalog)
        default:
            guard let match = Self.match(tail, isFolder: isFolder) else { return nil }
            self = match
        }
    }

    /// Decodes each component of a path that has escapes.
    ///
    /// What cannot be decoded, or hides a slash, can be no part of a name; an impossible one keeps its place.
    private static func decoded(_ path: Substring) -> Substring {
        guard path.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == 0 }) else { return path }
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .map { component in
                guard let text = PercentEncoding.decode(component), !text.utf8.contains(UInt8(ascii: "/")) else {
                    return "%"
                }
                return text
            }
            .joined(separator: "/")[...]
    }

    /// Routes of a repository, told from the tail, since names have slashes too.
    private static func match(_ path: Substring, isFolder: Bool) -> RouteMatch? {
        guard let (beforeLast, last) = cut(path), let (name, kind) = cut(beforeLast) else { return nil }
        if kind == "blobs", last == "uploads" { return RouteMatch(.blobUpload, name) }
        guard !isFolder else { return nil }
        if kind == "uploads", let (name, folder) = cut(name), folder == "blobs" {
            return RouteMatch(.blobUploadChunk, name, last)
        }
        return switch kind {
        case "tags" where last == "list": RouteMatch(.tags, name)
        case "manifests": RouteMatch(.manifest, name, last)
        case "blobs": RouteMatch(.blob, name, last)
        case "referrers": RouteMatch(.referrers, name, last)
        default: nil
        }
    }

    /// A path's last component and what comes before it; nil if there is only one.
    private static func cut(_ path: Substring) -> (before: Substring, last: Substring)? {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return (path[..<slash], path[path.utf8.index(after: slash)...])
    }

    /// Validates the parts.
    /// - Throws: `NAME_INVALID`, `TAG_INVALID`, `DIGEST_INVALID` or `BLOB_UPLOAD_UNKNOWN`.
    func route() throws(RegistryError) -> Route? {
        switch name {
        case .base: .base
        case .catalog: .catalog
        case .tags: .tags(try RepositoryName(repository))
        case .manifest: .manifest(try RepositoryName(repository), try Reference(item))
        case .blob: .blob(try RepositoryName(repository), try Digest(item))
        case .blobUpload: .uploads(try RepositoryName(repository))
        case .blobUploadChunk: .upload(try RepositoryName(repository), try UploadID(item))
        case .referrers: .referrers(try RepositoryName(repository), try Digest(item))
        case .unknown: nil
        }
    }
}
