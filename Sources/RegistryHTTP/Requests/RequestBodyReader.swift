//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import RegistryModel
import RegistryTelemetry

/// The body of a request, read in batches, and what is known of it.
///
/// Used by the request's task only.
struct RequestBodyReader {
    /// `Content-Length`; nil for a body of unknown length, 0 for none.
    let declaredLength: Int64?
    /// Bytes read so far.
    private(set) var received: Int64 = 0
    /// Whether the end was reached, so that the connection can be used further.
    private(set) var isComplete: Bool
    /// Whether the body did not come, so that nothing on the connection can be told from its rest.
    var hasFailed: Bool { failure != nil }
    /// Time spent waiting for the client.
    private(set) var waited: Duration = .zero

    private var iterator: RequestBody.AsyncIterator
    private var rest: ByteBuffer?
    /// Why the body was given up.
    private(set) var failure: BodyFailure?
    private var meter: MinimumPace.Meter?
    private var expectsContinue: Bool
    private let connection: ConnectionHandle

    /// What is handed on at once: large enough that handing on costs nothing, small enough to be in the cache.
    static let batchBytes = 1 << 20

    /// - Parameter pace: how slowly the body may come; nil is at any pace.
    init(_ request: Request, connection: ConnectionHandle, pace: MinimumPace?) {
        let headers = request.headers
        if let length = headers[.contentLength] {
            // The parser has checked that it is a number, of up to 64 bits without a sign.
            self.declaredLength = Int64(length) ?? .max
        } else {
            self.declaredLength = headers.contains(.transferEncoding) ? nil : 0
        }
        self.isComplete = declaredLength == 0
        self.iterator = request.body.makeAsyncIterator()
        self.expectsContinue = headers[.expectation]?.lowercased() == "100-continue"
        self.connection = connection
        self.meter = pace.map { MinimumPace.Meter($0) }
    }

    /// Whether a client waits for a word before it sends: it must get an answer, and may then never send the body.
    var isExpected: Bool { expectsContinue && !isComplete }

    /// The next batch of about 1 MiB, or what there is before the end or before a failure, which the next call throws.
    /// - Returns: nil at the end.
    /// - Throws: ``BodyFailure`` when the client goes away, breaks the framing, or is too slow.
    mutating func nextBatch() async throws(BodyFailure) -> ByteBuffer? {
        var batch = rest ?? ByteBuffer()
        rest = nil
        while batch.readableBytes < Self.batchBytes {
            let next: ByteBuffer?
            do {
                next = try await nextPiece()
            } catch {
                guard batch.readableBytes > 0 else { throw error }
                break
            }
            guard let piece = next else { break }
            guard batch.readableBytes > 0 else {
                batch = piece
                continue
            }
            guard batch.readableBytes + piece.readableBytes <= Self.batchBytes * 3 / 2 else {
                rest = piece
                break
            }
            batch.writeImmutableBuffer(piece)
        }
        return batch.readableBytes > 0 ? batch : nil
    }

    /// The whole body, if it is no larger than a limit.
    /// - Throws: ``BodyFailure``; `tooLarge` beyond the limit, with the rest unread.
    mutating func collect(upTo limit: Int) async throws(BodyFailure) -> ByteBuffer {
        if let declaredLength, declaredLength > limit { throw .tooLarge }
        var body = ByteBuffer()
        while let piece = try await nextPiece() {
            guard body.readableBytes + piece.readableBytes <= limit else { throw .tooLarge }
            body.writeImmutableBuffer(piece)
        }
        return body
    }

    private mutating func nextPiece() async throws(BodyFailure) -> ByteBuffer? {
        if let failure { throw failure }
        do {
            return try await receive()
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func receive() async throws(BodyFailure) -> ByteBuffer? {
        guard !isComplete else { return nil }
        if expectsContinue {
            expectsContinue = false
            connection.sendContinue()
        }
        let start = MonotonicTime.now
        let next: ByteBuffer?
        do {
            defer { waited += MonotonicTime.now - start }
            next = try await iterator.next()
        } catch is SlowBodyError {
            throw .slow
        } catch let error as HTTPParserError where error != .invalidEOFState {
            throw .malformed("\(error)")
        } catch {
            throw .aborted("\(error)")
        }
        if let next {
            received += Int64(next.readableBytes)
            if meter?.isTooSlow(received, in: waited) == true { throw .belowPace }
            return next
        }
        // The framework takes a connection that ends for the end of the body; only the parser knows better.
        guard try await endedWhole() else { throw .aborted("the connection ended within the body") }
        isComplete = true
        return nil
    }

    private func endedWhole() async throws(BodyFailure) -> Bool {
        if let declaredLength { return received == declaredLength }
        return await connection.hasReceivedWholeRequest()
    }
}

/// Why a body did not come.
enum BodyFailure: Error {
    /// The client went away.
    case aborted(String)
    /// What the client sent is no longer HTTP.
    case malformed(String)
    /// The client kept the server waiting.
    case slow
    /// It comes, but at less than the least pace.
    case belowPace
    /// More than will be read.
    case tooLarge
}
