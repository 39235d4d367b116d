//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryStorage
import RegistryTelemetry

extension ObjectStorageDriver {
    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        var failures = 0
        while true {
            do throws(StorageError) { return try await readOnce(path, limit) } catch {
                // The length that was announced was not the object's; another answer may tell the right one.
                guard error.code == .truncated else { throw error }
                let trouble = ObjectStoreError(.transient(.wrongLength), error.cause)
                do throws(ObjectStoreError) { try await governor.pause(after: trouble, failures) } catch { break }
                failures += 1
            }
        }
        throw StorageError(.truncated, "read", path, cause: "the store announces more than it sends")
    }

    private func readOnce(_ path: StoragePath, _ limit: Int) async throws(StorageError) -> ByteBuffer {
        let reading = try await ask("read", path) { () async throws(ObjectStoreError) in
            try await store.get(keys.key(path), nil, version: nil)
        }
        if reading.facts.mark == .appended {
            let content = try await open(path)
            defer { content.close() }
            guard content.size <= limit else { throw Self.tooLarge(path, limit) }
            return try await content.read(at: 0, count: Int(content.size))
        }
        guard reading.facts.size <= limit else { throw Self.tooLarge(path, limit) }
        // One that breaks off is read again from where it broke off.
        let content = ObjectContent(
            self,
            path,
            SegmentedContent(keys.key(path), size: reading.facts.size),
            version: reading.facts.version,
            begun: reading
        )
        defer { content.close() }
        return try await content.read(at: 0, count: Int(reading.facts.size))
    }

    private static func tooLarge(_ path: StoragePath, _ limit: Int) -> StorageError {
        StorageError(.tooLarge, "read", path, cause: "more than \(limit) bytes")
    }

    /// What is read when content is opened: small content is then there whole, in one request.
    private static let openingBytes: Int64 = 1 << 20

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        let key = keys.key(path)
        let reading: ObjectReading
        do {
            reading = try await store.get(key, 0..<Self.openingBytes, version: nil)
        } catch {
            guard error.code == .invalidRange else { throw error.at("open", path) }
            // Empty content has no range.
            return try await openEmpty(path)
        }
        var content = SegmentedContent(key, size: reading.facts.size)
        if reading.facts.mark == .appended, let whole = try await segments(of: path, "open") { content = whole }
        let opened = ObjectContent(self, path, content, version: reading.facts.version, begun: reading)
        do { try await opened.fill() } catch {
            opened.close()
            throw error
        }
        return opened
    }

    private func openEmpty(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        let facts = try await ask("open", path) { () async throws(ObjectStoreError) in
            try await store.head(keys.key(path))
        }
        let content = SegmentedContent(keys.key(path), size: facts.size)
        return ObjectContent(self, path, content, version: facts.version, begun: nil)
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        if path == .root { return ContentFacts(size: 0, isFolder: true) }
        do throws(ObjectStoreError) {
            let facts = try await store.head(keys.key(path))
            guard facts.mark == .appended else { return ContentFacts(size: facts.size, isFolder: false) }
        } catch {
            guard error.code == .notFound else { throw error.at("stat", path) }
            if try await holdsAnything(path, "stat") { return ContentFacts(size: 0, isFolder: true) }
            if let foreign = try await foreignUpload(path) {
                return ContentFacts(size: foreign.parts.reduce(0) { $0 + $1.size }, isFolder: false)
            }
            throw error.at("stat", path)
        }
        guard let content = try await segments(of: path, "stat") else { throw StorageError(.notFound, "stat", path) }
        return ContentFacts(size: content.size, isFolder: false)
    }

    /// Whether any key is in a folder.
    func holdsAnything(_ folder: StoragePath, _ operation: StaticString) async throws(StorageError) -> Bool {
        let page = try await ask(operation, folder) { () async throws(ObjectStoreError) in
            try await store.list(ObjectListing(keys.folder(folder), limit: 1))
        }
        return !page.objects.isEmpty
    }

    /// The objects that appended content consists of; nil if there are none.
    func segments(of path: StoragePath, _ operation: StaticString) async throws(StorageError) -> SegmentedContent? {
        let base = keys.key(path)
        return try await ask(operation, path) { () async throws(ObjectStoreError) in
            store.bounds.listsLate ? try await askedSegments(base) : try await listedSegments(base)
        }
    }

    private func listedSegments(_ base: String) async throws(ObjectStoreError) -> SegmentedContent? {
        var sizes: [String: Int64] = [:]
        // The first by its own name: between it and the others there may be any number of neighbours.
        var listing = ObjectListing(base, limit: 2)
        var page = try await store.list(listing)
        guard let first = page.objects.first, first.key == base else { return nil }
        sizes[base] = first.size
        guard first.size > 0, page.objects.count > 1 else { return SegmentedContent(base, among: sizes) }
        listing = ObjectListing(SegmentKey.prefix(of: base), limit: store.bounds.listKeys)
        repeat {
            page = try await store.list(listing)
            for object in page.objects { sizes[object.key] = object.size }
            listing.token = page.next
            listing.after = page.objects.last?.key
        } while page.next != nil
        return SegmentedContent(base, among: sizes)
    }

    private func askedSegments(_ base: String) async throws(ObjectStoreError) -> SegmentedContent? {
        var sizes: [String: Int64] = [:]
        var offset: Int64 = 0
        while true {
            let key = SegmentKey.at(offset, of: base)
            do throws(ObjectStoreError) {
                let size = try await store.head(key).size
                sizes[key] = size
                offset += size
                if size == 0 { break }
            } catch {
                guard error.code == .notFound else { throw error }
                break
            }
        }
        return SegmentedContent(base, among: sizes)
    }

    // MARK: Many at once

    package func read(all paths: [StoragePath], limit: Int) async throws(StorageError) -> [ByteBuffer?] {
        try await concurrently(paths, settings.parallel) { path throws(StorageError) in
            do throws(StorageError) {
                return try await read(path, limit: limit)
            } catch {
                guard error.code == .notFound || error.code == .tooLarge else { throw error }
                return nil
            }
        }
    }

    package func sizes(of paths: [StoragePath]) async throws(StorageError) -> [Int64?] {
        try await concurrently(paths, settings.parallel) { path throws(StorageError) in
            do throws(StorageError) {
                return try await stat(path).size
            } catch {
                guard error.code == .notFound else { throw error }
                return nil
            }
        }
    }

    // MARK: Elsewhere

    package var redirects: Bool { settings.redirects }

    package func redirectURL(_ path: StoragePath, for request: RedirectRequest) async throws(StorageError) -> String? {
        guard settings.redirects else { return nil }
        return try await ask("redirect", path) { () async throws(ObjectStoreError) in
            try await store.signedURL(keys.key(path), request.isHead ? .head : .get, validFor: settings.redirectTime)
        }
    }
}

extension ObjectStorageDriver {
    package var changeTimesTellRemovals: Bool { false }

    package var asksOthers: Bool { true }

    /// When the latest object of each folder was put: what was removed leaves no trace.
    package func changeTimes(_ folders: [StoragePath]) async throws(StorageError) -> [Int64]? {
        try await concurrently(folders, settings.parallel) { folder throws(StorageError) in
            try await ask("times", folder) { () async throws(ObjectStoreError) in
                var latest: Int64 = 0
                try await forEachPage(under: keys.folder(folder)) { objects throws(ObjectStoreError) in
                    for object in objects {
                        guard let modified = object.modified else {
                            throw ObjectStoreError(.failed, "a list without times")
                        }
                        latest = max(latest, modified.microseconds * 1_000)
                    }
                }
                return latest
            }
        }
    }
}
