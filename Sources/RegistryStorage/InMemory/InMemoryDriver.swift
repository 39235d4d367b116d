//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import Synchronization

/// Content in memory, gone with the process: for trying out and for tests.
package final class InMemoryDriver: StorageDriver {
    package let name = "inmemory"

    private let tree = Mutex(MemoryTree())

    package init() {}

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        let bytes = try content(at: path, "read")
        guard bytes.readableBytes <= limit else {
            throw StorageError(.tooLarge, "read", path, cause: "more than \(limit) bytes")
        }
        return bytes
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        let result: Result<Int64?, StorageError> = tree.withLock { tree in
            guard tree.hasPlace(for: path) else { return .failure(Self.inTheWay("replace", path)) }
            return .success(tree.put(.file(bytes), at: path)?.size)
        }
        return try result.get()
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        MemoryContent(bytes: try content(at: path, "open"), path: path)
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        let result: Result<ByteBuffer, StorageError> = tree.withLock { tree in
            guard case .folder = tree.node(at: path.parent) else { return .failure(.init(.notFound, "append", path)) }
            guard tree.hasPlace(for: path) else { return .failure(Self.inTheWay("append", path)) }
            guard tree.lock(path) else { return .failure(.init(.busy, "append", path)) }
            if case .file(let bytes) = tree.node(at: path) { return .success(bytes) }
            _ = tree.put(.file(ByteBuffer()), at: path)
            return .success(ByteBuffer())
        }
        return MemoryAppender(driver: self, path: path, initialSize: Int64(try result.get().readableBytes))
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        let result: Result<Int64?, StorageError> = tree.withLock { tree in
            guard let node = tree.node(at: source) else { return .failure(.init(.notFound, "publish", source)) }
            guard tree.hasPlace(for: path) else { return .failure(Self.inTheWay("publish", path)) }
            _ = tree.remove(source)
            return .success(tree.put(node, at: path)?.size)
        }
        return try result.get()
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        switch tree.withLock({ $0.node(at: path) }) {
        case .file(let bytes): ContentFacts(size: Int64(bytes.readableBytes), isFolder: false)
        case .folder: ContentFacts(size: 0, isFolder: true)
        case nil: throw StorageError(.notFound, "stat", path)
        }
    }

    package func list(
        _ path: StoragePath,
        after last: String?,
        limit: Int
    ) async throws(StorageError) -> [FolderEntry] {
        guard case .folder(let children) = tree.withLock({ $0.node(at: path) }) else {
            throw StorageError(.notFound, "list", path)
        }
        let entries = children.compactMap { name, node -> FolderEntry? in
            if let last, !last.utf8.lexicographicallyPrecedes(name.utf8) { return nil }
            return FolderEntry(name: name, isFolder: node.isFolder)
        }
        return Array(entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.prefix(limit))
    }

    package func remove(_ path: StoragePath) async throws(StorageError) {
        guard tree.withLock({ $0.remove(path) }) != nil else { throw StorageError(.notFound, "remove", path) }
    }

    package func capacity() async throws(StorageError) -> StorageCapacity? { nil }

    private static func inTheWay(_ operation: StaticString, _ path: StoragePath) -> StorageError {
        StorageError(.failed, operation, path, cause: "a folder or other content is in the way")
    }

    private func content(at path: StoragePath, _ operation: StaticString) throws(StorageError) -> ByteBuffer {
        guard case .file(let bytes) = tree.withLock({ $0.node(at: path) }) else {
            throw StorageError(.notFound, operation, path)
        }
        return bytes
    }
}

extension InMemoryDriver {
    /// Adds bytes at the end of content; nothing happens when it was moved or removed meanwhile.
    fileprivate func extend(_ path: StoragePath, by batch: ByteBuffer) {
        tree.withLock { $0.extend(path, by: batch) }
    }

    fileprivate func unlock(_ path: StoragePath) {
        tree.withLock { $0.unlock(path) }
    }
}

/// Content of the in-memory driver, opened for appending.
private final class MemoryAppender: ContentAppender {
    let initialSize: Int64

    private let driver: InMemoryDriver
    private let path: StoragePath
    private let state = Mutex(State())

    private struct State {
        var end: (size: Int64, hasher: ContentHasher)?
        var isClosed = false
    }

    init(driver: InMemoryDriver, path: StoragePath, initialSize: Int64) {
        self.driver = driver
        self.path = path
        self.initialSize = initialSize
    }

    deinit { close() }

    func append(_ batch: ByteBuffer, hashing hasher: ContentHasher) async throws(StorageError) {
        driver.extend(path, by: batch)
        state.withLock { state in
            var next = state.end ?? (size: initialSize, hasher: hasher)
            batch.withUnsafeReadableBytes { next.hasher.update($0) }
            next.size += Int64(batch.readableBytes)
            state.end = next
        }
    }

    func flush() async throws(StorageError) -> (size: Int64, hasher: ContentHasher)? { state.withLock { $0.end } }

    func close() {
        // Once: after that the hold may be somebody else's.
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        if isFirst { driver.unlock(path) }
    }
}
