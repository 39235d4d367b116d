//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryModel
package import RegistryStorage

/// Shorter ways to say what tests say often.
extension StorageDriver {
    /// The content at a path, whole.
    package func bytes(_ path: StoragePath) async throws(StorageError) -> [UInt8] {
        Array(try await read(path, limit: 1 << 30).readableBytesView)
    }

    /// Puts content at a path.
    @discardableResult
    package func put(_ bytes: [UInt8], at path: StoragePath) async throws(StorageError) -> Int64? {
        try await replace(path, with: ByteBuffer(bytes: bytes), .durable)
    }

    /// Whether anything is at a path.
    package func holds(_ path: StoragePath) async throws(StorageError) -> Bool {
        do {
            _ = try await stat(path)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// Appends batches to content and lets go of it.
    /// - Returns: bytes there are then, and their digest if they were appended from the start.
    @discardableResult
    package func extend(
        _ path: StoragePath,
        by batches: [[UInt8]],
        _ algorithm: DigestAlgorithm = .sha256
    ) async throws(StorageError) -> (size: Int64, digest: Digest) {
        let appender = try await append(path)
        defer { appender.close() }
        var hasher = ContentHasher(algorithm)
        for batch in batches { try await appender.append(ByteBuffer(bytes: batch), hashing: hasher) }
        let end = try await appender.flush()
        hasher = end?.hasher ?? hasher
        return (end?.size ?? appender.initialSize, hasher.digest)
    }
}

/// The kind of failure of a driver call; nil if there was none.
package func failure<Output>(
    of call: () async throws(StorageError) -> Output
) async -> StorageError.Code? {
    do throws(StorageError) {
        _ = try await call()
        return nil
    } catch {
        return error.code
    }
}
