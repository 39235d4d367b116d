//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import Synchronization

/// Content that a cache has whole; where its disk fails, the storage goes on.
final class WholeContent: StoredContent {
    let size: Int64
    private let file: FileContent
    private let digest: Digest
    private let cache: ContentCache
    private let reopen: ContentOpening
    private let own = Mutex<(any StoredContent)?>(nil)

    init(_ file: FileContent, _ digest: Digest, _ cache: ContentCache, _ reopen: @escaping ContentOpening) {
        self.size = file.size
        self.file = file
        self.digest = digest
        self.cache = cache
        self.reopen = reopen
    }

    func expect(upTo end: Int64) { own.withLock { $0 }?.expect(upTo: end) }

    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        if let own = own.withLock({ $0 }) { return try await own.read(at: offset, count: count) }
        guard offset >= 0, offset < size, count > 0 else { return ByteBuffer() }
        do throws(StorageError) {
            let wanted = Int(min(Int64(count), size - offset))
            let bytes = try await file.read(at: offset, count: wanted)
            guard bytes.readableBytes == wanted else { throw SystemError.truncated.at("read", DiskLayout.blob(digest)) }
            return bytes
        } catch {
            failed(error)
        }
        let content = try await reopen()
        own.withLock { $0 = content }
        return try await content.read(at: offset, count: count)
    }

    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher {
        let content = try await reopen()
        defer { content.close() }
        return try await content.hash(hasher, upTo: offset)
    }

    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int? {
        guard own.withLock({ $0 }) == nil else { return nil }
        do throws(StorageError) {
            return try await file.send(at: offset, count: count, to: socket)
        } catch {
            // What the socket has taken is not known, so this reader cannot go on.
            failed(error)
            throw error
        }
    }

    private func failed(_ error: StorageError) {
        cache.drop(digest)
        cache.fault(error)
    }

    func close() {
        file.close()
        own.withLock { $0.take() }?.close()
    }
}
