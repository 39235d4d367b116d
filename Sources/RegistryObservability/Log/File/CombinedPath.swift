//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// The path in a line of the combined format: made from what a request was about, and understood again.
///
/// Not the path that was sent, which may hold what must not be in a log. What is no address of the registry is `-`.
struct CombinedPath: CustomStringConvertible, Equatable {
    var route = RouteName.unknown
    var repository: String?
    /// Tag or digest by which a manifest was asked for.
    var reference: String?
    /// Of a blob, or the subject of referrers.
    var digest: String?
    var uploadID: String?

    init(_ record: RequestRecord) {
        route = record.route
        repository = record.repository?.description
        reference = record.reference?.description
        digest = record.digest?.description
        uploadID = record.uploadID?.description
    }

    var description: String {
        let repository = "/v2/" + (repository ?? "-")
        return switch route {
        case .base: "/v2/"
        case .catalog: "/v2/_catalog"
        case .tags: repository + "/tags/list"
        case .manifest: repository + "/manifests/" + (reference ?? digest ?? "-")
        case .blob: repository + "/blobs/" + (digest ?? "-")
        case .blobUpload: repository + "/blobs/uploads/"
        case .blobUploadChunk: repository + "/blobs/uploads/" + (uploadID ?? "-")
        case .referrers: repository + "/referrers/" + (digest ?? "-")
        case .unknown: "-"
        }
    }

    /// Understands a path, read from its end as repositories may be named like routes; a query is left out.
    init(_ text: String) {
        let path = text.prefix { $0 != "?" }
        guard path.hasPrefix("/v2/") else { return }
        let words = path.dropFirst("/v2/".count).split(separator: "/", omittingEmptySubsequences: false)
        switch words.count {
        case 1:
            route = words[0].isEmpty ? .base : words[0] == "_catalog" ? .catalog : .unknown
            return
        case 2: return
        default: break
        }
        let last = Self.known(words[words.count - 1])
        var length = words.count - 2
        switch (words[words.count - 2], words[words.count - 1]) {
        case ("tags", "list"): route = .tags
        case ("manifests", _): (route, reference) = (.manifest, last)
        case ("referrers", _): (route, digest) = (.referrers, last)
        case ("uploads", let id) where words.count > 3 && words[words.count - 3] == "blobs":
            (route, uploadID) = (id.isEmpty ? .blobUpload : .blobUploadChunk, last)
            length -= 1
        case ("blobs", _): (route, digest) = (.blob, last)
        default: return
        }
        repository = Self.known(words[..<length].joined(separator: "/")[...])
    }

    private static func known(_ word: Substring) -> String? { word.isEmpty || word == "-" ? nil : String(word) }
}
