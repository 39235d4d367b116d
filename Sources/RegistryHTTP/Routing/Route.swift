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

    /// The methods a route has, as `Allow` lists them.
    static func methods(of name: RouteName) -> [MethodName] {
        switch name {
        case .base, .catalog, .tags, .referrers: [.get, .head]
        case .manifest: [.get, .head, .put, .delete]
        case .blob: [.get, .head, .delete]
        case .blobUpload: [.post]
        case .blobUploadChunk: [.get, .head, .patch, .put, .delete]
        case .unknown: []
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
    private let repository: String
    /// The last component, where it says what of the repository.
    private let item: String

    private init(_ name: RouteName, _ repository: String = "", _ item: String = "") {
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
        let rest = path.dropFirst(prefix.isEmpty ? 1 : prefix.count)
        var components: [String] = []
        for component in rest.split(separator: "/", omittingEmptySubsequences: false) {
            // What cannot be decoded, or hides a slash, can be no part of a name; an impossible one keeps its place.
            let decoded = PercentEncoding.decode(component) ?? "%"
            components.append(decoded.utf8.contains(UInt8(ascii: "/")) ? "%" : decoded)
        }
        guard components.first == "v2" else { return nil }
        components.removeFirst()
        let isFolder = components.last == "" && components.count > 1
        if isFolder { components.removeLast() }
        switch components {
        case []:
            self.init(.base)
        case [""] where !isFolder:
            self.init(.base)
        case ["_catalog"]:
            self.init(.catalog)
        default:
            guard let match = Self.match(components, isFolder: isFolder) else { return nil }
            self = match
        }
    }

    private static func match(_ components: [String], isFolder: Bool) -> RouteMatch? {
        let count = components.count
        guard count >= 3 else { return nil }
        let (last, second, third) = (components[count - 1], components[count - 2], components[count - 3])
        func before(_ tail: Int) -> String { components.dropLast(tail).joined(separator: "/") }
        if second == "blobs", last == "uploads" { return RouteMatch(.blobUpload, before(2)) }
        guard !isFolder else { return nil }
        if count >= 4, third == "blobs", second == "uploads" { return RouteMatch(.blobUploadChunk, before(3), last) }
        return switch (second, last) {
        case ("tags", "list"): RouteMatch(.tags, before(2))
        case ("manifests", _): RouteMatch(.manifest, before(2), last)
        case ("blobs", _): RouteMatch(.blob, before(2), last)
        case ("referrers", _): RouteMatch(.referrers, before(2), last)
        default: nil
        }
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
