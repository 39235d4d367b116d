//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import Synchronization

/// Puts an answer on the wire, in the way that suits its body.
struct ReplySender: Sendable {
    let pacers: TransferPacers
    let context: StoreContext

    /// What is sent from a file before the next piece is asked to be brought into memory.
    private static let window: Int64 = 8 << 20
    /// Read at a time where there is no file to send from.
    private static let pumpBytes: Int64 = 1 << 20

    /// Sends an answer and fills in what the record says of it.
    /// - Throws: when the connection fails; the record is complete then too.
    func send(
        _ reply: consuming Reply,
        isHead: Bool,
        to writer: consuming ResponseWriter,
        _ connection: ConnectionHandle,
        _ record: inout RequestRecord
    ) async throws {
        record.status = reply.status
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
        _ writer: consuming ResponseWriter,
        _ record: inout RequestRecord
    ) async throws {
        record.timeToFirstByte = .now - record.startInstant
        try await writer.writeResponse(head)
    }

    private func sendWhole(
        _ head: HTTPResponse,
        _ body: ByteBuffer,
        _ writer: consuming ResponseWriter,
        _ record: inout RequestRecord
    ) async throws {
        record.timeToFirstByte = .now - record.startInstant
        try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        record.bytesOut = Int64(body.readableBytes)
    }

    private func sendContent(
        _ head: HTTPResponse,
        _ content: any StoredContent,
        _ range: Range<Int64>,
        _ writer: consuming ResponseWriter,
        _ connection: ConnectionHandle,
        _ record: inout RequestRecord
    ) async throws {
        let start = ContinuousClock.now
        let sent = SentBytes()
        defer {
            record.bytesOut = sent.count
            context.instruments.streamBytes[.read].add(sent.count)
            context.instruments.streamTime[.read].record(.now - start)
            record.spans?.add(.send(bytes: sent.count), from: start)
        }
        record.timeToFirstByte = .now - record.startInstant
        let body = try await writer.writeHead(head)
        do {
            if let handle = content.fileHandle {
                try await sendFile(handle, content, range, connection, sent)
            } else {
                try await pump(content, range, connection, sent)
            }
        } catch let error as StorageError {
            note(error, &record)
            throw error
        } catch {
            // A file that has become too short shows as a connection that was cut off.
            do throws(StorageError) {
                try await content.prefetch(at: range.upperBound - 1, count: 1)
            } catch {
                note(error, &record)
            }
            throw error
        }
        try await body.finish(nil)
    }

    /// The status is sent, and all that can be done for the client is to cut it off; the log says whose fault it was.
    private func note(_ error: StorageError, _ record: inout RequestRecord) {
        record.error = RegistryError(.unknown, detail: "the storage failed", cause: error.description)
        guard error.code == .truncated, let digest = record.digest else { return }
        context.noteDamaged(digest, in: record.repository, error.cause)
    }

    private func pump(
        _ content: any StoredContent,
        _ range: Range<Int64>,
        _ connection: ConnectionHandle,
        _ sent: SentBytes
    ) async throws {
        for position in stride(from: range.lowerBound, to: range.upperBound, by: Int(Self.pumpBytes)) {
            let count = min(Self.pumpBytes, range.upperBound - position)
            let piece = try await content.read(at: position, count: Int(count))
            guard piece.readableBytes == count else {
                let end = position + Int64(piece.readableBytes)
                throw StorageError(.truncated, "read", .root, cause: "ends at byte \(end) of \(content.size)")
            }
            try await connection.send(piece)
            sent.add(count)
        }
    }

    private func sendFile(
        _ handle: NIOFileHandle,
        _ content: any StoredContent,
        _ range: Range<Int64>,
        _ connection: ConnectionHandle,
        _ sent: SentBytes
    ) async throws {
        // sendfile(2) on the event loop waits for pages that are not in memory, so they are brought in before.
        try await content.prefetch(at: range.lowerBound, count: min(Self.window, Int64(range.count)))
        for position in stride(from: range.lowerBound, to: range.upperBound, by: Int(Self.window)) {
            let end = min(position + Self.window, range.upperBound)
            if end < range.upperBound {
                try await content.prefetch(at: end, count: min(Self.window, range.upperBound - end))
            }
            try await connection.send(position..<end, of: handle, pacers: pacers) { sent.add($0) }
        }
    }
}

/// Bytes that a client has taken.
private final class SentBytes: Sendable {
    private let atomic = Atomic<Int64>(0)

    func add(_ count: Int64) { atomic.wrappingAdd(count, ordering: .relaxed) }

    var count: Int64 { atomic.load(ordering: .relaxed) }
}
