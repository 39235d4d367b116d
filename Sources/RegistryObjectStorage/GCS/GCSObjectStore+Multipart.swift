//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry

extension GCSObjectStore {
    /// The most objects that are composed at once.
    private static let mostSources = 32

    /// Parts that are composed or removed at once.
    private static let parallel = 16

    /// No request: what an upload is stands in its id.
    package func begin(_ key: String, _ mark: ObjectMark) async throws(ObjectStoreError) -> MultipartUpload {
        let now = clock.now
        return MultipartUpload(key, id: GCSPartKeys.id(now, mark), begun: now)
    }

    package func putPart(_ number: Int, of upload: MultipartUpload, _ content: ObjectBytes)
        async throws(ObjectStoreError) -> UploadedPart
    {
        let key = partKeys.part(number, of: upload)
        let generation = try await self.upload(key, content, .none, as: .part)
        return UploadedPart(number, tag: Source(key: key, generation: generation).tag, size: content.count)
    }

    /// Copies nothing where all of the source is wanted: it is composed from where it is.
    package func copyPart(
        _ number: Int,
        of upload: MultipartUpload,
        from source: String,
        _ range: Range<Int64>?,
        size: Int64
    ) async throws(ObjectStoreError) -> UploadedPart {
        guard let range else { return UploadedPart(number, tag: Source(key: source, generation: "").tag, size: size) }
        // The store copies whole objects only. The driver does not ask for less, since they may be of any size.
        let bytes = try await governor.collect { () throws(ObjectStoreError) in
            try await get(source, range, version: nil)
        }
        return try await putPart(number, of: upload, ObjectBytes([bytes]))
    }

    /// What an object is composed of.
    private struct Source: Sendable {
        var key: String
        /// Empty for any.
        var generation: String

        init(key: String, generation: String) {
            self.key = key
            self.generation = generation
        }

        /// Of ``tag``.
        init(_ tag: String) {
            let parts = tag.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            generation = parts.count == 2 ? String(parts[0]) : ""
            key = String(parts.last ?? "")
        }

        var tag: String { "\(generation):\(key)" }

        var json: JSONText {
            .object([("name", .string(key)), ("generation", generation.isEmpty ? nil : .string(generation))])
        }
    }

    package func complete(_ upload: MultipartUpload, _ parts: [UploadedPart]) async throws(ObjectStoreError) {
        if Self.isSession(upload) { return try await finishSession(upload) }
        let size = parts.reduce(0) { $0 + $1.size }
        var sources = parts.sorted { $0.number < $1.number }.map { Source($0.tag) }
        var leftovers = sources.map(\.key).filter(partKeys.isPart)
        var level = 0
        while sources.count > Self.mostSources {
            let groups = stride(from: 0, to: sources.count, by: Self.mostSources).enumerated().map { place, start in
                (number: place, sources: Array(sources[start..<min(start + Self.mostSources, sources.count)]))
            }
            let round = level
            sources = try await concurrently(groups, Self.parallel) { group throws(ObjectStoreError) in
                let key = partKeys.joined(round, group.number, of: upload)
                let facts = try await compose(group.sources, as: key, .none)
                return Source(key: key, generation: facts.version)
            }
            leftovers += sources.map(\.key)
            level += 1
        }
        let facts: ObjectFacts
        do throws(ObjectStoreError) {
            facts = try await compose(sources, as: upload.key, GCSPartKeys.mark(upload.id))
        } catch {
            // A try before this one may have succeeded without an answer, and its parts be gone.
            guard error.code == .notFound, let there = try? await head(upload.key), there.size == size else {
                throw error
            }
            facts = there
        }
        guard facts.size == size else {
            throw ObjectStoreError(.failed, "\(facts.size) bytes are there, of \(size) in \(parts.count) parts")
        }
        // One that cannot be removed now is found by its age.
        try? await remove(leftovers)
    }

    private func compose(_ sources: [Source], as key: String, _ mark: ObjectMark) async throws(ObjectStoreError)
        -> ObjectFacts
    {
        var call = Call("POST", path(key) + "/compose")
        call.setJSON(
            .object([("sourceObjects", .array(sources.map(\.json))), ("destination", Self.resource(mark))])
        )
        return try Self.facts(try document(try await send(.complete, call)))
    }

    private func remove(_ keys: [String]) async throws(ObjectStoreError) {
        _ = try await concurrently(keys, Self.parallel) { key throws(ObjectStoreError) in try await delete([key]) }
    }

    package func abort(_ upload: MultipartUpload) async throws(ObjectStoreError) {
        if Self.isSession(upload) { return try await delete([upload.key]) }
        var listing = ObjectListing(partKeys.folder(upload))
        repeat {
            let page = try await list(listing)
            try await remove(page.objects.map(\.key))
            listing.token = page.next
        } while listing.token != nil
    }

    /// An upload that is asked for by its key is one of distribution; ours are no content that goes on.
    package func uploads(under prefix: String, after marker: String?) async throws(ObjectStoreError) -> MultipartPage {
        var page = MultipartPage()
        guard prefix.isEmpty || prefix.hasSuffix("/") else {
            if let session = try await session(at: prefix) { page.uploads = [session] }
            return page
        }
        var listing = ObjectListing(partKeys.folders(under: prefix), hasFolders: true)
        listing.token = marker
        let found = try await list(listing)
        page.uploads = found.folders.compactMap(partKeys.upload(ofFolder:))
        page.next = found.next
        return page
    }

    package func parts(of upload: MultipartUpload) async throws(ObjectStoreError) -> [UploadedPart] {
        if Self.isSession(upload) { return try await sessionParts(upload) }
        var parts: [UploadedPart] = []
        let folder = partKeys.folder(upload)
        var listing = ObjectListing(folder)
        repeat {
            let page = try await list(listing)
            for object in page.objects {
                guard let number = Int(object.key.dropping(folder)) else { continue }
                parts.append(UploadedPart(number, tag: Source(key: object.key, generation: "").tag, size: object.size))
            }
            listing.token = page.next
        } while listing.token != nil
        return parts.sorted { $0.number < $1.number }
    }
}
