//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryStorage

/// Fails chosen calls of a driver, before they reach it.
package struct FaultyDriver: StorageDriver {
    /// What a call does: the verbs of the driver, and of the streams it opens.
    package enum Verb: Sendable, CaseIterable {
        case read, replace, open, append, publish, stat, list, remove, capacity
        /// A batch given to an appender.
        case write
        /// Waiting for the last batch of an appender.
        case flush
        /// Reading or hashing opened content.
        case stream
    }

    /// Decides on a call: the error it fails with, or nil to let it through.
    package typealias Fault = @Sendable (Verb, StoragePath) -> StorageError?

    private let base: any StorageDriver
    private let fault: Fault
    private var hold: @Sendable (Verb, StoragePath) async -> Void = { _, _ in }

    package init(_ base: any StorageDriver, _ fault: @escaping Fault) {
        self.base = base
        self.fault = fault
    }

    /// Fails all calls of some verbs in one way.
    package init(_ base: any StorageDriver, failing verbs: Set<Verb>, with code: StorageError.Code) {
        self.init(base) { verb, path in verbs.contains(verb) ? StorageError(code, "fault", path, cause: "made up") : nil
        }
    }

    /// The same driver, each call of which waits first, as it does for a storage that is slow.
    package func waiting(_ hold: @escaping @Sendable (Verb, StoragePath) async -> Void) -> FaultyDriver {
        var driver = self
        driver.hold = hold
        return driver
    }

    package var name: String { base.name }

    private func check(_ verb: Verb, _ path: StoragePath) async throws(StorageError) {
        await hold(verb, path)
        if let error = fault(verb, path) { throw error }
    }

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await check(.read, path)
        return try await base.read(path, limit: limit)
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        try await check(.replace, path)
        return try await base.replace(path, with: bytes, durability)
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        try await check(.open, path)
        return FaultyContent(base: try await base.open(path), path: path, fault: fault)
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        try await check(.append, path)
        return FaultyAppender(base: try await base.append(path), path: path, fault: fault)
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        try await check(.publish, path)
        return try await base.publish(source, as: path)
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        try await check(.stat, path)
        return try await base.stat(path)
    }

    package func list(_ path: StoragePath, after last: String?, limit: Int) async throws(StorageError) -> [FolderEntry]
    {
        try await check(.list, path)
        return try await base.list(path, after: last, limit: limit)
    }

    package func remove(_ path: StoragePath) async throws(StorageError) {
        try await check(.remove, path)
        try await base.remove(path)
    }

    package func capacity() async throws(StorageError) -> StorageCapacity? {
        try await check(.capacity, .root)
        return try await base.capacity()
    }
}

private struct FaultyContent: StoredContent {
    let base: any StoredContent
    let path: StoragePath
    let fault: FaultyDriver.Fault

    var size: Int64 { base.size }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        if let error = fault(.stream, path) { throw error }
        return try await base.read(at: offset, count: count)
    }

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        if let error = fault(.stream, path) { throw error }
        return try await base.hash(hasher, upTo: offset)
    }

    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? {
        if let error = fault(.stream, path) { throw error }
        return try await base.send(at: offset, count: count, to: socket)
    }

    func close() { base.close() }
}

private struct FaultyAppender: ContentAppender {
    let base: any ContentAppender
    let path: StoragePath
    let fault: FaultyDriver.Fault

    var initialSize: Int64 { base.initialSize }

    func append(_ batch: ByteBuffer, hashing hasher: ContentHasher) async throws(StorageError) {
        if let error = fault(.write, path) { throw error }
        try await base.append(batch, hashing: hasher)
    }

    func flush() async throws(StorageError) -> (size: Int64, hasher: ContentHasher)? {
        if let error = fault(.flush, path) { throw error }
        return try await base.flush()
    }

    func close() { base.close() }
}
