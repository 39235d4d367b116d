//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import HTTPTypes
import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// Puts an answer on the wire, in the way that suits its body.
struct ReplySender: Sendable {
    let context: StoreContext
    /// How slowly content may be taken in; nil is at any pace.
    let pace: MinimumPace?

    /// Read at a time where bytes must go through the channel; a client that takes less in the time for writing is cut off.
    private static let pumpBytes = 256 << 10
    /// The same for a client that takes a piece at once: each piece wakes four threads, one after the other.
    private static let fastPumpBytes = 1 << 20
    /// A client that takes a piece within that time is a fast one.
    private static let fastTime = Duration.milliseconds(50)
    /// What goes through the channel when the socket is full: little, since it costs more there.
    private static let waitingBytes = 64 << 10
    /// Written to a socket at a time: a thread of the pool does nothing else meanwhile.
    private static let batchBytes = 4 << 20

    /// Sends an answer and fills in what the record says of it; the status when the head is on its way, and not before.
    /// - Throws: when the connection fails, or the storage within a body; the record is complete then too.
    func send(
        _ reply: consuming Reply,
        isHead: Bool,
        to writer: consuming ReplyWriter,
        _ connection: ConnectionHandle,
        _ record: inout RequestRecord
    ) async throws {
        let body = reply.body
        let head = HTTPResponse(status: .init(code: reply.status), headerFields: reply.headers)
        switch body {
        case .none, .empty, .length:
            try await sendHead(head, writer, &record)
        case .buffer(let buffer):
            guard !isHead else { return try await sendHead(head, writer, &record) }
            try await sendWhole(head, buffer, writer, &record)
        case .content(let content, let range):
            defer { content.close() }
            guard !isHead else { return try await sendHead(head, writer, &record) }
            try await sendContent(head, content, range, writer, connection, &record)
        }
    }

    private func sendHead(
        _ head: HTTPResponse,
        _ writer: consuming ReplyWriter,
        _ record: inout RequestRecord
    ) async throws {
        record.timeToFirstByte = .now - record.startInstant
        try await writer.write(head)
        record.status = head.status.code
    }

    private func sendWhole(
        _ head: HTTPResponse,
        _ body: ByteBuffer,
        _ writer: consuming ReplyWriter,
        _ record: inout RequestRecord
    ) async throws {
        record.timeToFirstByte = .now - record.startInstant
        try await writer.write(head, body)
        record.status = head.status.code
        record.bytesOut = Int64(body.readableBytes)
    }

    private func sendContent(
        _ head: HTTPResponse,
        _ content: any StoredContent,
        _ range: Range<Int64>,
        _ writer: consuming ReplyWriter,
        _ connection: ConnectionHandle,
        _ record: inout RequestRecord
    ) async throws {
        let start = MonotonicTime.now
        let sent = SentBytes(context.instruments.streamBytes[.read])
        var outcome = SpanOutcome.ok
        defer {
            record.bytesOut = sent.count
            context.instruments.streamTime[.read].record(.now - start)
            record.spans?.add(.send(bytes: sent.count), outcome, from: start)
        }
        record.timeToFirstByte = .now - record.startInstant
        let end = try await writer.begin(head)
        record.status = head.status.code
        do {
            try await stream(content, range, connection, sent)
        } catch let error as StorageError {
            outcome = note(error, &record)
            throw error
        }
        try await end.write()
    }

    /// Writes down that the storage failed behind a status that is sent.
    ///
    /// All that can be done for the client is to cut it off; the record says whose fault it was.
    /// - Returns: what that makes of the sending.
    private func note(_ error: StorageError, _ record: inout RequestRecord) -> SpanOutcome {
        record.error = RegistryError(.unknown, detail: "the storage failed", cause: error.description)
        if error.code == .truncated, let digest = record.digest {
            context.noteDamaged(digest, in: record.repository, error.cause)
        }
        // A reading that is cancelled fails too, and the storage has no part in it.
        guard !Task.isCancelled else { return .ok }
        record.isBrokenOff = true
        // What was opened and is gone or busy now is no refusal here.
        return switch error.spanOutcome {
        case .ok: .ok
        case .refused(let code), .failed(let code): .failed(code: code)
        }
    }

    /// Sends a body behind a head that is on its way.
    ///
    /// The channel sends the first piece, which waits for the head and for room; what the socket takes after that is
    /// written to it from the file, on the I/O pool, until it is full. Small requests on the same loop wait for none of it.
    private func stream(
        _ content: any StoredContent,
        _ range: Range<Int64>,
        _ connection: ConnectionHandle,
        _ sent: SentBytes
    ) async throws {
        let socket = await connection.duplicateSocket()
        defer { if let socket { close(socket) } }
        var position = range.lowerBound
        func rest(_ limit: Int) -> Int { Int(min(Int64(limit), range.upperBound - position)) }
        var isDirect = socket != nil
        var pump = Self.pumpBytes
        var waited = Duration.zero
        var meter = pace.map { MinimumPace.Meter($0) }
        while position < range.upperBound {
            let piece = try await content.readPiece(at: position, count: rest(isDirect ? Self.waitingBytes : pump))
            guard piece.readableBytes > 0 else {
                throw StorageError(.truncated, "read", .root, cause: "ends at byte \(position) of \(content.size)")
            }
            let start = MonotonicTime.now
            try await connection.send(piece, counting: sent)
            position += Int64(piece.readableBytes)
            let taking = MonotonicTime.now - start
            waited += taking
            pump = taking < Self.fastTime ? Self.fastPumpBytes : Self.pumpBytes
            if meter?.isTooSlow(position - range.lowerBound, in: waited) == true { throw SlowReaderError() }
            guard let socket else { continue }
            while isDirect, position < range.upperBound {
                let count = rest(Self.batchBytes)
                guard let taken = try await content.send(at: position, count: count, to: socket) else {
                    isDirect = false
                    break
                }
                position += Int64(taken)
                sent.add(taken)
                if taken < count { break }
            }
        }
    }
}
