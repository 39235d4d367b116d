//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry
import Synchronization

/// An object store in memory that holds its callers to its bounds, as a vendor does, and can be told to fail.
package final class MemoryObjectStore: ObjectStore {
    package let name = "s3aws"
    package let bounds: ObjectStoreBounds

    private let state = Mutex(State())

    fileprivate struct State {
        var objects: [String: Object] = [:]
        var uploads: [String: Upload] = [:]
        var number = 0
        var requests: [String: Int] = [:]
        /// Bytes after which each stream breaks off; nil for none.
        var breaking: Int?
        var signedURLs = false
    }

    fileprivate struct Object {
        var bytes: ByteBuffer
        var version: String
        var mark: ObjectMark
        let modified = WallTime.now
    }

    fileprivate struct Upload {
        var upload: MultipartUpload
        var mark: ObjectMark
        var parts: [Int: (part: UploadedPart, bytes: ByteBuffer)] = [:]
    }

    package init(_ bounds: ObjectStoreBounds = .small) { self.bounds = bounds }

    /// Requests so far, by verb.
    package var requests: [String: Int] { state.withLock { $0.requests } }

    /// The keys of all objects.
    package var keys: [String] { state.withLock { $0.objects.keys.sorted() } }

    /// Uploads in parts that were neither completed nor aborted.
    package var openUploads: Int { state.withLock { $0.uploads.count } }

    /// Has each stream break off after so many bytes.
    package func breakStreams(after bytes: Int?) { state.withLock { $0.breaking = bytes } }

    /// Waits a moment first, as for a network, so that others have their turn.
    private func with<Output: Sendable>(_ verb: String, _ body: (inout State) throws(ObjectStoreError) -> Output)
        async throws(ObjectStoreError) -> Output
    {
        await Task.yield()
        let result = state.withLock { state -> Result<Output, ObjectStoreError> in
            state.requests[verb, default: 0] += 1
            do throws(ObjectStoreError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    package func head(_ key: String) async throws(ObjectStoreError) -> ObjectFacts {
        try await with("head") { state throws(ObjectStoreError) in
            guard let object = state.objects[key] else { throw ObjectStoreError(.notFound) }
            return object.facts
        }
    }

    package func get(_ key: String, _ range: Range<Int64>?, version: String?) async throws(ObjectStoreError)
        -> ObjectReading
    {
        try await with("get") { state throws(ObjectStoreError) in
            guard let object = state.objects[key] else { throw ObjectStoreError(.notFound) }
            if let version, version != object.version { throw ObjectStoreError(.preconditionFailed) }
            let wanted = range ?? 0..<object.facts.size
            guard range == nil || wanted.lowerBound < object.facts.size else { throw ObjectStoreError(.invalidRange) }
            let given = wanted.clamped(to: 0..<object.facts.size)
            let start = object.bytes.readerIndex + Int(given.lowerBound)
            let bytes = object.bytes.getSlice(at: start, length: given.count) ?? ByteBuffer()
            return ObjectReading(object.facts, given, MemoryStream(bytes, breaking: state.breaking))
        }
    }

    package func put(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark) async throws(ObjectStoreError) {
        try await with("put") { state throws(ObjectStoreError) in
            guard content.count <= bounds.putBytes else { throw ObjectStoreError(.tooLarge) }
            state.put(key, content.whole, mark)
        }
    }

    package func list(_ listing: ObjectListing) async throws(ObjectStoreError) -> ObjectPage {
        try await with("list") { state throws(ObjectStoreError) in
            guard listing.limit >= 1 else { throw ObjectStoreError(.failed, "no page") }
            let most = min(listing.limit, bounds.listKeys)
            var page = ObjectPage()
            var last: String?
            let keys = state.objects.keys.filter { $0.hasBytes(listing.prefix) }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for key in keys {
                if let after = listing.token ?? listing.after, !after.utf8.lexicographicallyPrecedes(key.utf8) {
                    continue
                }
                if let token = listing.token, token.hasSuffix("/"), token != listing.prefix, key.hasBytes(token) {
                    continue
                }
                if let folder = page.folders.last, key.hasBytes(folder) { continue }
                guard page.objects.count + page.folders.count < most else {
                    page.next = last
                    break
                }
                let rest = key.utf8.dropFirst(listing.prefix.utf8.count)
                if listing.hasFolders, let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
                    page.folders.append(String(decoding: key.utf8[...slash], as: UTF8.self))
                    last = page.folders.last
                } else {
                    let object = state.objects[key]
                    page.objects.append(.init(key, size: object?.facts.size ?? 0, modified: object?.modified))
                    last = key
                }
            }
            return page
        }
    }

    package func copy(_ source: String, size: Int64, to target: String, _ mark: ObjectMark)
        async throws(ObjectStoreError)
    {
        try await with("copy") { state throws(ObjectStoreError) in
            guard let object = state.objects[source] else { throw ObjectStoreError(.notFound) }
            guard object.facts.size <= bounds.copyBytes else { throw ObjectStoreError(.tooLarge) }
            state.put(target, object.bytes, mark)
        }
    }

    package func delete(_ keys: [String]) async throws(ObjectStoreError) {
        try await with("delete") { state throws(ObjectStoreError) in
            guard keys.count <= bounds.deleteKeys else { throw ObjectStoreError(.failed, "too many keys") }
            for key in keys { state.objects[key] = nil }
        }
    }

    package func begin(_ key: String, _ mark: ObjectMark) async throws(ObjectStoreError) -> MultipartUpload {
        try await with("begin") { state in
            state.number += 1
            let upload = MultipartUpload(key, id: "upload-\(state.number)", begun: .now)
            state.uploads[upload.id] = Upload(upload: upload, mark: mark)
            return upload
        }
    }

    package func putPart(_ number: Int, of upload: MultipartUpload, _ content: ObjectBytes)
        async throws(ObjectStoreError) -> UploadedPart
    {
        try await with("part") { state throws(ObjectStoreError) in
            try state.part(number, upload, content.whole, bounds)
        }
    }

    package func copyPart(
        _ number: Int,
        of upload: MultipartUpload,
        from source: String,
        _ range: Range<Int64>?,
        size: Int64
    ) async throws(ObjectStoreError) -> UploadedPart {
        try await with("part_copy") { state throws(ObjectStoreError) in
            guard let object = state.objects[source] else { throw ObjectStoreError(.notFound) }
            let range = range ?? 0..<object.facts.size
            let start = object.bytes.readerIndex + Int(range.lowerBound)
            guard range.count <= bounds.copyBytes,
                let bytes = object.bytes.getSlice(at: start, length: range.count)
            else { throw ObjectStoreError(.failed, "no such range") }
            return try state.part(number, upload, bytes, bounds)
        }
    }

    package func complete(_ upload: MultipartUpload, _ parts: [UploadedPart]) async throws(ObjectStoreError) {
        try await with("complete") { state throws(ObjectStoreError) in
            guard let open = state.uploads[upload.id], !parts.isEmpty else { throw ObjectStoreError(.notFound) }
            var whole = ByteBuffer()
            for (position, part) in parts.enumerated() {
                guard var stored = open.parts[part.number], stored.part == part else {
                    throw ObjectStoreError(.failed, "InvalidPart")
                }
                guard position == parts.count - 1 || part.size >= bounds.partBytes else {
                    throw ObjectStoreError(.failed, "EntityTooSmall")
                }
                whole.writeBuffer(&stored.bytes)
            }
            state.uploads[upload.id] = nil
            state.put(upload.key, whole, open.mark)
        }
    }

    package func abort(_ upload: MultipartUpload) async throws(ObjectStoreError) {
        try await with("abort") { state in state.uploads[upload.id] = nil }
    }

    package func uploads(under prefix: String, after marker: String?) async throws(ObjectStoreError) -> MultipartPage {
        try await with("uploads") { state in
            var page = MultipartPage()
            page.uploads = state.uploads.values.map(\.upload).filter { $0.key.hasBytes(prefix) }
                .sorted { ($0.key, $0.id) < ($1.key, $1.id) }
            return page
        }
    }

    package func parts(of upload: MultipartUpload) async throws(ObjectStoreError) -> [UploadedPart] {
        try await with("parts") { state throws(ObjectStoreError) in
            guard let open = state.uploads[upload.id] else { throw ObjectStoreError(.notFound) }
            return open.parts.values.map(\.part).sorted { $0.number < $1.number }
        }
    }

    package func signedURL(_ key: String, _ method: SignedMethod, validFor time: Duration)
        async throws(ObjectStoreError) -> String?
    { nil }
}

extension MemoryObjectStore.State {
    fileprivate mutating func put(_ key: String, _ bytes: ByteBuffer, _ mark: ObjectMark) {
        number += 1
        objects[key] = .init(bytes: bytes, version: "version-\(number)", mark: mark)
    }

    fileprivate mutating func part(
        _ number: Int,
        _ upload: MultipartUpload,
        _ bytes: ByteBuffer,
        _ bounds: ObjectStoreBounds
    ) throws(ObjectStoreError) -> UploadedPart {
        guard uploads[upload.id] != nil, (1...bounds.parts).contains(number) else { throw ObjectStoreError(.notFound) }
        self.number += 1
        let part = UploadedPart(number, tag: "part-\(self.number)", size: Int64(bytes.readableBytes))
        uploads[upload.id]?.parts[number] = (part, bytes)
        return part
    }
}

extension MemoryObjectStore.Object {
    fileprivate var facts: ObjectFacts { ObjectFacts(size: Int64(bytes.readableBytes), version: version, mark: mark) }
}

extension ObjectBytes {
    fileprivate var whole: ByteBuffer {
        var whole = ByteBuffer()
        for var buffer in buffers { whole.writeBuffer(&buffer) }
        return whole
    }
}

extension String {
    fileprivate func hasBytes(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}

/// Bytes in pieces of odd lengths.
private final class MemoryStream: ObjectStream {
    private let state: Mutex<(bytes: ByteBuffer, left: Int?)>

    init(_ bytes: ByteBuffer, breaking: Int?) { self.state = Mutex((bytes, breaking)) }

    func next() async throws(ObjectStoreError) -> ByteBuffer? {
        let result = state.withLock { state -> Result<ByteBuffer?, ObjectStoreError> in
            let length = min(state.bytes.readableBytes, 40_961, state.left ?? .max)
            guard state.bytes.readableBytes > 0 else { return .success(nil) }
            guard length > 0 else { return .failure(ObjectStoreError(.transient(.connection), "broken off")) }
            state.left = state.left.map { $0 - length }
            return .success(state.bytes.readSlice(length: length))
        }
        return try result.get()
    }
}

extension ObjectStoreBounds {
    /// So tight that little content meets all of them.
    package static var small: ObjectStoreBounds {
        var bounds = ObjectStoreBounds()
        bounds.putBytes = 4 << 20
        bounds.copyBytes = 256 << 10
        bounds.partBytes = 16 << 10
        bounds.deleteKeys = 7
        bounds.listKeys = 50
        return bounds
    }
}

extension ObjectStorageDriver {
    /// A driver whose parts are so small that little content has many.
    package static func forTests(
        _ store: any ObjectStore,
        _ configure: (inout Settings) -> Void = { _ in }
    ) -> ObjectStorageDriver {
        var settings = Settings()
        settings.chunkBytes = 32 << 10
        settings.segmentBytes = 96 << 10
        settings.copyChunkBytes = 128 << 10
        settings.copyThresholdBytes = 64 << 10
        configure(&settings)
        let instruments = BackendInstruments()
        var policy = RequestGovernor.Policy()
        policy.firstPause = .milliseconds(1)
        policy.longestPause = .milliseconds(1)
        policy.tries = 1000
        policy.budget = RetryBudget(most: 100_000)
        let governor = RequestGovernor(policy, driver: store.name, instruments)
        return ObjectStorageDriver(store, settings, pool: .forTests, governor: governor, instruments: instruments)
    }
}
