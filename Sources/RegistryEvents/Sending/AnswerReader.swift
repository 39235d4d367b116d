//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Reads an answer of an endpoint.
///
/// What counts is its head. A little of the rest is read too, so that the connection can be used again; nobody looks at it.
final class AnswerReader: HTTPClientResponseDelegate, Sendable {
    private let state = Mutex(State())

    private struct State {
        var answer: EndpointAnswer?
        /// Of the body, in bytes.
        var count = 0
    }

    private struct AnswerTooLong: Error {}

    /// In bytes.
    static let longestBody = 64 << 10

    /// Nil before its head was there.
    var answer: EndpointAnswer? { state.withLock(\.answer) }

    func didReceiveHead(task: HTTPClient.Task<EndpointAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let answer = EndpointAnswer(
            status: Int(head.status.code),
            retryAfter: head.headers.first(name: "Retry-After"),
            location: head.headers.first(name: "Location")
        )
        state.withLock { $0.answer = answer }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<EndpointAnswer>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        let count = state.withLock { state in
            state.count += part.readableBytes
            return state.count
        }
        // This ends the connection.
        guard count <= Self.longestBody else { return task.eventLoop.makeFailedFuture(AnswerTooLong()) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<EndpointAnswer>) throws -> EndpointAnswer {
        guard let answer else { throw HTTPClientError.remoteConnectionClosed }
        return answer
    }
}
