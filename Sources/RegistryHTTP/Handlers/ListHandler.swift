//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryAuth
import RegistryModel
import RegistryStorage

/// `/v2/_catalog`, `/v2/<name>/tags/list` and `/v2/<name>/referrers/<digest>`.
struct ListHandler: Sendable {
    let catalog: CatalogStore
    let tags: TagStore
    let referrers: ReferrerStore
    /// `catalog.maxentries`: the most repositories on a page.
    let maximumCatalogEntries: Int
    /// `tags.maxtags`: the most tags on a page that was asked for by number.
    let maximumTags: Int

    private static let defaultCatalogEntries = 100
    private static let referrersPerPage = 500

    func catalog(_ request: APIRequest) async throws(RegistryError) -> Reply {
        let limit =
            try limit(request.query["n"], maximum: maximumCatalogEntries)
            ?? min(Self.defaultCatalogEntries, maximumCatalogEntries)
        let (items, hasMore) = try await repositories(after: request.query["last"], limit: limit, request.grant)
        var reply = Reply(200, json: .object([("repositories", .array(items.map(JSONText.string)))]))
        if hasMore, let last = items.last {
            reply.headers[.link] = request.links.next("/v2/_catalog", after: last, limit: limit)
        }
        return reply
    }

    /// The repositories that a client may see.
    private func repositories(after last: String?, limit: Int, _ grant: Grant) async throws(RegistryError)
        -> (items: [String], hasMore: Bool)
    {
        guard grant.filtersCatalog, limit > 0 else {
            let page = try await catalog.list(after: last, limit: limit)
            return (page.items, page.hasMore)
        }
        var (found, position) = ([String](), last)
        while true {
            // One more than asked for tells whether there is a next page.
            let page = try await catalog.list(after: position, limit: max(limit, Self.defaultCatalogEntries))
            for text in page.items {
                guard let name = try? RepositoryName(text), grant.mayPull(name) else { continue }
                guard found.count < limit else { return (found, true) }
                found.append(text)
            }
            guard page.hasMore, let end = page.items.last else { return (found, false) }
            position = end
        }
    }

    /// Without `n` all tags come at once, since not every client follows `Link`.
    func tags(in name: RepositoryName, _ request: APIRequest) async throws(RegistryError) -> Reply {
        let limit = try limit(request.query["n"], maximum: maximumTags)
        let page = try await tags.list(in: name, after: request.query["last"], limit: limit)
        var reply = Reply(
            200,
            json: .object([("name", .string(name.description)), ("tags", .array(page.items.map(JSONText.string)))])
        )
        if page.hasMore, let last = page.items.last, let limit {
            reply.headers[.link] = request.links.next("/v2/\(name)/tags/list", after: last, limit: limit)
        }
        return reply
    }

    /// Pages have no `n` in the specification, so their size is ours.
    func referrers(of digest: Digest, in name: RepositoryName, _ request: APIRequest) async throws(RegistryError)
        -> Reply
    {
        var found = try await referrers.list(of: digest, in: name)
        let filter = request.query["artifactType"].flatMap { $0.isEmpty ? nil : $0 }
        if let filter { found.removeAll { $0.artifactType != filter } }
        if let last = request.query["last"] { found.removeAll { !byteOrder(last, $0.descriptor.digest.description) } }
        let limit = try limit(request.query["n"], maximum: Self.referrersPerPage) ?? Self.referrersPerPage
        let page = found.prefix(limit)
        var reply = Reply(
            200,
            json: .object([
                ("schemaVersion", .number(2)),
                ("mediaType", .string(MediaType.ociIndex.description)),
                ("manifests", .array(page.map(Self.json))),
            ]),
            contentType: .ociIndex
        )
        if filter != nil { reply.headers[.ociFiltersApplied] = "artifactType" }
        if found.count > page.count, let last = page.last?.descriptor.digest.description {
            reply.headers[.link] = request.links.next(
                "/v2/\(name)/referrers/\(digest)",
                after: last,
                limit: limit,
                filter: filter.map { ("artifactType", $0) }
            )
        }
        return reply
    }

    private static func json(_ referrer: Referrer) -> JSONText {
        let annotations = referrer.annotations.sorted { byteOrder($0.key, $1.key) }.map { ($0, JSONText.string($1)) }
        return .object([
            ("mediaType", .string(referrer.descriptor.mediaType.description)),
            ("digest", .string(referrer.descriptor.digest.description)),
            ("size", .number(referrer.descriptor.size)),
            ("artifactType", referrer.artifactType.map(JSONText.string)),
            ("annotations", annotations.isEmpty ? nil : .object(annotations)),
        ])
    }

    /// Reads `n`, the size of a page.
    ///
    /// More than the maximum is the maximum: the page says by its `Link` that there is more.
    /// - Throws: `PAGINATION_NUMBER_INVALID` for what is not a number of 0 or more.
    private func limit(_ text: String?, maximum: Int) throws(RegistryError) -> Int? {
        guard let text else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw RegistryError(.paginationNumberInvalid, detail: "n is a number of 0 or more")
        }
        return min(Int(text) ?? .max, maximum)
    }
}
