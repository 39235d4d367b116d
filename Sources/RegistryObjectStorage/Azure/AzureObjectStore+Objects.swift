//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry

extension AzureObjectStore {
    package func head(_ key: String) async throws(ObjectStoreError) -> ObjectFacts {
        let answer = try await send(.head, Call("HEAD", key))
        guard let size = answer.length else { throw ObjectStoreError(.failed, "HEAD tells no length") }
        return try facts(answer, size: size)
    }

    private func facts(_ answer: BackendAnswer, size: Int64) throws(ObjectStoreError) -> ObjectFacts {
        let mark = answer[Self.mark]
        guard mark != Self.void else {
            throw ObjectStoreError(.notFound, status: answer.status, "blocks are thrown away")
        }
        return ObjectFacts(size: size, version: answer["ETag"] ?? "", mark: ObjectMark(mark))
    }

    package func get(_ key: String, _ range: Range<Int64>?, version: String?) async throws(ObjectStoreError)
        -> ObjectReading
    {
        var call = Call("GET", key)
        if let range { call.headers.append(("x-ms-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if let version, !version.isEmpty { call.headers.append(("if-match", version)) }
        let answer = try await stream(.get, call)
        return try answer.reading { size throws(ObjectStoreError) in try facts(answer, size: size) }
    }

    package func put(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark) async throws(ObjectStoreError) {
        var call = Call("PUT", key)
        call.headers = putHeaders(mark)
        call.body = content
        _ = try await send(.put, call)
    }

    func putHeaders(_ mark: ObjectMark) -> [(name: String, value: String)] {
        [("x-ms-blob-type", "BlockBlob"), ("content-type", "application/octet-stream"), markHeader(mark)]
    }

    func markHeader(_ mark: ObjectMark) -> (name: String, value: String) {
        (Self.mark, mark == .appended ? ObjectMark.value : Self.unmarked)
    }

    /// By the request that reads any kind of blob, writes it as blocks, and is over when it is answered.
    package func copy(_ source: String, size: Int64, to target: String, _ mark: ObjectMark)
        async throws(ObjectStoreError)
    {
        var call = Call("PUT", target)
        call.headers = putHeaders(mark)
        call.source = source
        _ = try await send(.copy, call)
    }

    package func delete(_ keys: [String]) async throws(ObjectStoreError) {
        _ = try await concurrently(keys, Self.deletesInFlight) { key throws(ObjectStoreError) in
            try await delete(key, version: nil)
        }
    }

    private static let deletesInFlight = 16

    /// - Parameter version: which is removed, and no other; nil for any.
    func delete(_ key: String, version: String?) async throws(ObjectStoreError) {
        var call = Call("DELETE", key)
        call.headers = [("x-ms-delete-snapshots", "include")]
        if let version { call.headers.append(("if-match", version)) }
        do throws(ObjectStoreError) { _ = try await send(.delete, call) } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    /// Azure begins at the first key or where a page has ended, and nowhere else; what comes before `after` is passed over.
    package func list(_ listing: ObjectListing) async throws(ObjectStoreError) -> ObjectPage {
        var token = listing.token
        let after = token == nil ? listing.after : nil
        while true {
            var call = Call("GET", nil)
            let limit = after == nil ? min(listing.limit, bounds.listKeys) : bounds.listKeys
            call.query = [
                ("restype", "container"), ("comp", "list"), ("prefix", listing.prefix), ("maxresults", "\(limit)"),
            ]
            if listing.hasFolders { call.query.append(("delimiter", "/")) }
            if let token { call.query.append(("marker", token)) }
            let (page, _) = try await page(.list, call)
            let wanted = Self.page(page, after: after)
            // Pages may be empty, and others may follow them.
            guard wanted.objects.isEmpty, wanted.folders.isEmpty, let next = page.next else { return wanted }
            token = next
        }
    }

    /// - Returns: a page, and which of its objects may consist of blocks that are no part of it.
    func page(_ request: BackendRequest, _ call: Call) async throws(ObjectStoreError) -> (ObjectPage, empty: [String]) {
        let answer = try await send(request, call)
        guard let document = XMLElement(answer.body), document.name == "EnumerationResults",
            let blobs = document["Blobs"]
        else { throw ObjectStoreError(.failed, status: answer.status, "no list of blobs") }
        var page = ObjectPage()
        for blob in blobs.all("Blob") {
            guard let key = blob.text("Name"), let facts = blob["Properties"],
                let size = facts.text("Content-Length").flatMap({ Int64($0) })
            else { continue }
            page.objects.append(.init(key, size: size, modified: facts.text("Last-Modified").flatMap(HTTPDate.time)))
        }
        page.folders = blobs.all("BlobPrefix").compactMap { $0.text("Name") }
        if let next = document.text("NextMarker"), !next.isEmpty { page.next = next }
        return (page, page.objects.filter { $0.size == 0 }.map(\.key))
    }

    private static func page(_ page: ObjectPage, after last: String?) -> ObjectPage {
        guard let last else { return page }
        var wanted = page
        wanted.objects.removeAll { !last.utf8.lexicographicallyPrecedes($0.key.utf8) }
        // A folder that has the last key may have others after it.
        wanted.folders.removeAll { !last.utf8.lexicographicallyPrecedes($0.utf8) && !last.utf8.starts(with: $0.utf8) }
        return wanted
    }
}
