//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage
import Synchronization

/// Content in a dictionary: the example of docs/storage-driver.md.
///
/// There are no folders: one is there while something is below it.
struct DictionaryDriver: StorageDriver {
    let name = "dictionary"
    fileprivate let shelf = Shelf()

    func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        guard let bytes = shelf.state.withLock({ $0.contents[path.description] }) else {
            throw StorageError(.notFound, "read", path)
        }
        guard bytes.readableBytes <= limit else { throw StorageError(.tooLarge, "read", path) }
        return bytes
    }

    func replace(_ path: StoragePath, with bytes: ByteBuffer, _ durability: Durability) async throws(StorageError)
        -> Int64?
    {
        // One step, so that a reader sees what was there before or what is there now.
        let previous = shelf.state.withLock { $0.contents.updateValue(bytes.slice(), forKey: path.description) }
        return previous.map { Int64($0.readableBytes) }
    }

    func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        DictionaryContent(bytes: try await read(path, limit: .max), path: path)
    }

    func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        let code = shelf.state.withLock { state -> StorageError.Code? in
            let key = path.description
            guard !state.isFolder(key) else { return .failed }
            guard state.isFolder(path.parent.description) else { return .notFound }
            guard state.held.insert(key).inserted else { return .busy }
            if state.contents[key] == nil { state.contents[key] = ByteBuffer() }
            return nil
        }
        if let code { throw StorageError(code, "append", path) }
        return DictionaryAppender(shelf, path.description)
    }

    func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        let result = shelf.state.withLock { state -> Result<Int64?, StorageError> in
            guard let bytes = state.contents.removeValue(forKey: source.description) else {
                return .failure(StorageError(.notFound, "publish", source))
            }
            return .success(state.contents.updateValue(bytes, forKey: path.description).map { Int64($0.readableBytes) })
        }
        return try result.get()
    }

    func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        let facts = shelf.state.withLock { state -> ContentFacts? in
            if let bytes = state.contents[path.description] {
                return ContentFacts(size: Int64(bytes.readableBytes), isFolder: false)
            }
            return state.isFolder(path.description) ? ContentFacts(size: 0, isFolder: true) : nil
        }
        guard let facts else { throw StorageError(.notFound, "stat", path) }
        return facts
    }

    func list(_ path: StoragePath, after last: String?, limit: Int) async throws(StorageError) -> [FolderEntry] {
        let prefix = Array((path.description + "/").utf8)
        // Byte by byte: a character may reach from one component into the next.
        let keys = shelf.state.withLock { Array($0.contents.keys) }.filter { $0.utf8.starts(with: prefix) }
        guard !keys.isEmpty else { throw StorageError(.notFound, "list", path) }
        var folders: [String: Bool] = [:]
        for key in keys {
            let rest = key.utf8.dropFirst(prefix.count)
            let end = rest.firstIndex(of: UInt8(ascii: "/"))
            folders[String(decoding: rest[..<(end ?? rest.endIndex)], as: UTF8.self)] = end != nil
        }
        let names = folders.keys.filter { last?.utf8.lexicographicallyPrecedes($0.utf8) ?? true }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return names.prefix(limit).map { FolderEntry(name: $0, isFolder: folders[$0] ?? false) }
    }

    func remove(_ path: StoragePath) async throws(StorageError) {
        let isGone = shelf.state.withLock { state in
            let prefix = path.description + "/"
            let keys = state.contents.keys.filter { $0 == path.description || $0.utf8.starts(with: prefix.utf8) }
            for key in keys { state.contents[key] = nil }
            return !keys.isEmpty
        }
        guard isGone else { throw StorageError(.notFound, "remove", path) }
    }

    /// As much as there is memory.
    func capacity() async throws(StorageError) -> StorageCapacity? { nil }
}

/// What the driver and its appenders share.
private final class Shelf: Sendable {
    let state = Mutex(State())

    struct State {
        var contents: [String: ByteBuffer] = [:]
        /// The paths that somebody appends to.
        var held: Set<String> = []

        func isFolder(_ key: String) -> Bool {
            key.isEmpty || contents.keys.contains { $0.utf8.starts(with: (key + "/").utf8) }
        }
    }
}

/// A snapshot, so that it stays when its path gets other content.
private struct DictionaryContent: StoredContent {
    let bytes: ByteBuffer
    let path: StoragePath

    var size: Int64 { Int64(bytes.readableBytes) }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        let start = Int(min(offset, size))
        let length = min(count, bytes.readableBytes - start)
        return bytes.getSlice(at: bytes.readerIndex + start, length: length) ?? ByteBuffer()
    }

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        guard offset <= size else { throw StorageError(.truncated, "hash", path) }
        var hasher = hasher
        let rest = try await read(at: hasher.count, count: Int(offset - hasher.count))
        rest.withUnsafeReadableBytes { hasher.update($0) }
        return hasher
    }

    /// There is no file to send from.
    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? { nil }

    func close() {}
}

private final class DictionaryAppender: ContentAppender {
    let initialSize: Int64
    private let shelf: Shelf
    private let key: String
    private let state: Mutex<(end: (size: Int64, hasher: ContentHasher)?, isClosed: Bool)>

    /// - Parameter key: of content that is held.
    init(_ shelf: Shelf, _ key: String) {
        self.shelf = shelf
        self.key = key
        self.initialSize = shelf.state.withLock { Int64($0.contents[key]?.readableBytes ?? 0) }
        self.state = Mutex((nil, false))
    }

    deinit { close() }

    func append(_ batch: ByteBuffer, hashing hasher: ContentHasher) async throws(StorageError) {
        // What was removed meanwhile must not come back.
        shelf.state.withLock { _ = $0.contents[key]?.writeImmutableBuffer(batch) }
        state.withLock { state in
            var end = state.end ?? (initialSize, hasher)
            batch.withUnsafeReadableBytes { end.hasher.update($0) }
            end.size += Int64(batch.readableBytes)
            state.end = end
        }
    }

    func flush() async throws(StorageError) -> (size: Int64, hasher: ContentHasher)? { state.withLock { $0.end } }

    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        // Once: after that the hold may be another's.
        if isFirst { shelf.state.withLock { _ = $0.held.remove(key) } }
    }
}
