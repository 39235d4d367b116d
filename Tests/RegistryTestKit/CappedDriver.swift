//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryStorage
import Synchronization

/// A storage that says how much room it has, as a test wants it.
package final class CappedDriver: StorageDriver {
    private let base: any StorageDriver
    private let room: Mutex<StorageCapacity>

    package init(_ base: any StorageDriver, total: Int64, free: Int64) {
        self.base = base
        self.room = Mutex(StorageCapacity(total: total, free: free))
    }

    /// Changes what is free, in bytes.
    package func setFree(_ bytes: Int64) { room.withLock { $0.free = bytes } }

    package var name: String { base.name }

    package func capacity() async throws(StorageError) -> StorageCapacity? { room.withLock { $0 } }

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await base.read(path, limit: limit)
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        try await base.replace(path, with: bytes, durability)
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        try await base.open(path)
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        try await base.append(path)
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        try await base.publish(source, as: path)
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts { try await base.stat(path) }

    package func list(
        _ path: StoragePath,
        after last: String?,
        limit: Int
    ) async throws(StorageError) -> [FolderEntry] {
        try await base.list(path, after: last, limit: limit)
    }

    package func remove(_ path: StoragePath) async throws(StorageError) { try await base.remove(path) }
}
