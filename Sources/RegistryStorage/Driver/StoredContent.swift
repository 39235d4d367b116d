//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Content opened for reading.
///
/// It stays readable when the content at its path is replaced or removed.
package protocol StoredContent: Sendable {
    /// Bytes, as of the opening.
    var size: Int64 { get }

    /// Reads bytes; fewer than asked for only at the end.
    /// - Parameters:
    ///   - offset: of the first byte.
    ///   - count: the most bytes to return.
    func read(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer

    /// As `read`, but of what comes in pieces of its own, a piece that is at hand will do, so that none are put together.
    /// - Returns: at least a byte, unless the content ends.
    func readPiece(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer

    /// Hashes the bytes from where a computation stands up to an offset, where blocking does no harm.
    /// - Throws: `truncated` when the content ends before.
    func hash(_ hasher: ContentHasher, upTo offset: Int64) async throws(StorageError) -> ContentHasher

    /// Writes bytes to a socket, as many as it takes without waiting.
    /// - Parameters:
    ///   - offset: of the first byte.
    ///   - count: the most bytes to write, at least 1.
    ///   - socket: stays open until this returns.
    /// - Returns: bytes taken, fewer than asked for where the socket is full or broken, or where fewer are there; nil where
    ///   this is no faster than to read them first.
    /// - Throws: `truncated` if none are there. Where some went while they were sent, what the socket took is not to be
    ///   trusted; it is not all then, and the next call throws.
    func send(at offset: Int64, count: Int, to socket: CInt) async throws(StorageError) -> Int?

    /// Says where reading will end, at most, so that no more is asked for.
    func expect(upTo end: Int64)

    /// Gives back what the content holds. Once, when nothing reads any more.
    func close()
}

extension StoredContent {
    /// For content that has no pieces.
    package func readPiece(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        try await read(at: offset, count: count)
    }

    /// Puts together what comes in pieces, as `read` gives it.
    package func readPieces(at offset: Int64, count: Int) async throws(StorageError) -> ByteBuffer {
        var bytes = try await readPiece(at: offset, count: count)
        guard bytes.readableBytes > 0 else { return bytes }
        let wanted = Int(min(Int64(count), size - offset))
        if bytes.readableBytes < wanted { bytes.reserveCapacity(minimumWritableBytes: wanted - bytes.readableBytes) }
        while bytes.readableBytes < wanted {
            let position = offset + Int64(bytes.readableBytes)
            var piece = try await readPiece(at: position, count: wanted - bytes.readableBytes)
            guard piece.readableBytes > 0 else { break }
            bytes.writeBuffer(&piece)
        }
        return bytes
    }

    /// For content that comes only as far as it is read.
    package func expect(upTo end: Int64) {}
}

/// Content opened for appending.
///
/// Used by one task.
///
/// Writing happens behind the caller: `append` returns when the batch before is written, so that receiving, hashing and
/// writing overlap by one batch.
package protocol ContentAppender: Sendable {
    /// Bytes there were at the opening.
    var initialSize: Int64 { get }

    /// Hashes and writes a batch.
    /// - Throws: what went wrong with this batch or the one before; the content then ends before the batch that failed.
    func append(_ batch: ByteBuffer, hashing hasher: ContentHasher) async throws(StorageError)

    /// Waits for the last batch.
    /// - Returns: bytes there are now, and the hash state after them; nil if nothing was appended.
    func flush() async throws(StorageError) -> (size: Int64, hasher: ContentHasher)?

    /// Gives up the exclusive hold: at once after `flush`, else when the last batch is written. Without it, the hold ends
    /// with the appender.
    func close()
}
