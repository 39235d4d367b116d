//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Content of the in-memory driver, opened for reading: a snapshot that shares its bytes.
struct MemoryContent: StoredContent {
    let bytes: ByteBuffer
    let path: StoragePath

    var size: Int64 { Int64(bytes.readableBytes) }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        let start = Int(min(offset, size))
        return bytes.getSlice(at: bytes.readerIndex + start, length: min(count, bytes.readableBytes - start))
            ?? ByteBuffer()
    }

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        guard offset <= size else { throw StorageError(.truncated, "read", path, cause: "shorter than it was") }
        let rest = try await read(at: hasher.count, count: Int(offset - hasher.count))
        var hasher = hasher
        rest.withUnsafeReadableBytes { hasher.update($0) }
        return hasher
    }

    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? { nil }

    func close() {}
}
