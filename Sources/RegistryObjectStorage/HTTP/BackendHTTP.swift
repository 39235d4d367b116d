//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
package import NIOCore
package import NIOHTTP1
import NIOPosix
import NIOSSL
import RegistryCalls
package import RegistryTelemetry

/// One request to a vendor, signed and encoded.
package struct BackendMessage: Sendable {
    /// `PUT`.
    package var method: String
    /// Whole, with everything in it percent-encoded.
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: ObjectBytes
    /// Whether whoever knows the path needs to know nothing else, so that it is told to nobody.
    package var hidesPath = false

    package init(
        _ method: String,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: ObjectBytes = .init()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What a vendor answers, whatever the status.
package struct BackendAnswer: Sendable {
    package let status: Int
    private let fields: HTTPHeaders
    /// Whole, if it was collected.
    package let body: ByteBuffer
    /// The body as it comes, if it was asked for.
    package let stream: (any ObjectStream)?

    package init(status: Int, fields: HTTPHeaders, body: ByteBuffer, stream: (any ObjectStream)? = nil) {
        self.status = status
        self.fields = fields
        self.body = body
        self.stream = stream
    }

    /// The first field of a name, in whatever case.
    package subscript(name: String) -> String? { fields.first(name: name) }

    /// `Content-Length`, in bytes.
    package var length: Int64? { self["Content-Length"].flatMap { Int64($0) } }

    package var retryAfter: Duration? { self["Retry-After"].flatMap { HTTPDate.delay(retryAfter: $0) } }

    /// The server's time, of the `Date` field.
    package var date: WallTime? { self["Date"].flatMap { HTTPDate.time($0) } }
}

/// Connections to a vendor.
///
/// It follows no redirects, since what is signed is signed for one address, and makes each request once: when to make it
/// again is decided by ``RequestGovernor``.
package final class BackendHTTP: Sendable {
    package struct Settings: Sendable {
        /// Path of a file in PEM form with authorities beside those of the system; nil for none.
        package var authorities: String?
        /// Whether any certificate is taken.
        package var skipsVerification = false
        package var userAgent = "plimsoll"
        package var connectTime = Duration.seconds(10)
        /// Without a byte.
        package var idleTime = Duration.seconds(60)
        package var connections = 256

        package init() {}
    }

    private let client: HTTPClient
    private let userAgent: String

    package init(_ settings: Settings, on loops: any EventLoopGroup) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities = settings.authorities { tls.additionalTrustRoots = [.file(authorities)] }
        if settings.skipsVerification { tls.certificateVerification = .none }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .init(settings.connectTime),
                read: .init(settings.idleTime),
                write: .init(settings.idleTime)
            ),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connections
        // Stores close what is idle after some 20 seconds, and a request that meets that costs a try.
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.connectionPool.retryConnectionEstablishment = false
        // A try has one span, made where it is known what came of it: see `BackendTry`.
        configuration.tracing.tracer = nil
        // A body comes in few large pieces: each is handed from one task to the next.
        configuration.http1_1ConnectionDebugInitializer = { ReceiveBatching.add(to: $0) }
        self.client = HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: configuration)
        self.userAgent = settings.userAgent
    }

    /// For commands, which end with what they have opened.
    deinit { let _: EventLoopFuture<Void> = client.shutdown() }

    /// More than a page of keys has.
    private static let longestAnswer = 8 << 20

    /// Makes a request once and takes the answer in whole.
    /// - Parameters:
    ///   - time: for all of it; nil for as long as bytes come.
    ///   - attempt: what it is part of.
    package func send(
        _ message: BackendMessage,
        within time: Duration? = nil,
        _ attempt: BackendTry = BackendTry()
    ) async throws(ObjectStoreError) -> BackendAnswer {
        do {
            guard let time else { return try await whole(message, attempt) }
            return try await CallDeadline.hold(.init(time)) { try await self.whole(message, attempt) }
        } catch {
            throw Self.storeError(error)
        }
    }

    private func whole(_ message: BackendMessage, _ attempt: BackendTry) async throws -> BackendAnswer {
        let response = try await execute(message, attempt)
        // What HEAD tells of is the length of another answer.
        let body = message.method == "HEAD" ? ByteBuffer() : try await response.body.collect(upTo: Self.longestAnswer)
        return BackendAnswer(status: Int(response.status.code), fields: response.headers, body: body, stream: nil)
    }

    /// Makes a request once; the body of a good answer comes as it is read, any other whole.
    package func stream(_ message: BackendMessage, _ attempt: BackendTry = BackendTry()) async throws(ObjectStoreError)
        -> BackendAnswer
    {
        let response = try await execute(message, attempt)
        let status = Int(response.status.code)
        guard (200..<300).contains(status) else {
            do {
                let body = try await response.body.collect(upTo: Self.longestAnswer)
                return BackendAnswer(status: status, fields: response.headers, body: body, stream: nil)
            } catch {
                throw Self.storeError(error)
            }
        }
        let length = response.headers.first(name: "Content-Length").flatMap { Int64($0) }
        let range = response.headers.first(name: "Content-Range").flatMap { ContentRange($0) }
        if status == 206, let length, let range, range.range.count != length {
            throw ObjectStoreError(.transient(.wrongLength), status: status, "\(length) bytes of another range")
        }
        let stream = ResponseStream(response.body, length: length)
        return BackendAnswer(status: status, fields: response.headers, body: ByteBuffer(), stream: stream)
    }

    private func execute(
        _ message: BackendMessage,
        _ attempt: BackendTry
    ) async throws(ObjectStoreError) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: message.url)
        request.method = HTTPMethod(rawValue: message.method)
        for (name, value) in message.headers { request.headers.add(name: name, value: value) }
        request.headers.replaceOrAdd(name: "User-Agent", value: userAgent)
        attempt.add(to: &request.headers)
        attempt.sends(message)
        switch message.body.buffers.count {
        case 0:
            // A PUT without a body has a length too.
            if message.method == "PUT" || message.method == "POST" { request.body = .bytes(ByteBuffer()) }
        case 1: request.body = .bytes(message.body.buffers[0])
        default:
            request.body = .stream(BufferSequence(buffers: message.body.buffers), length: .known(message.body.count))
        }
        do {
            let response = try await client.execute(request, deadline: .distantFuture)
            attempt.isAnswered(Int(response.status.code))
            return response
        } catch {
            throw Self.storeError(error)
        }
    }

    static func storeError(_ error: any Error) -> ObjectStoreError {
        if let error = error as? ObjectStoreError { return error }
        if error is CancellationError || Task.isCancelled { return ObjectStoreError(.cancelled, "the task has ended") }
        let words = CallFailure.words(for: error)
        return switch error {
        case let error as HTTPClientError where timeouts.contains(error): ObjectStoreError(.transient(.timeout), words)
        case let error as HTTPClientError where faults.contains(error): ObjectStoreError(.failed, words)
        case ChannelError.connectTimeout: ObjectStoreError(.transient(.timeout), words)
        case is NIOSSLError, is NIOTooManyBytesError: ObjectStoreError(.failed, words)
        default: ObjectStoreError(.transient(.connection), words)
        }
    }

    private static let timeouts: [HTTPClientError] = [
        .readTimeout, .writeTimeout, .connectTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout,
        .tlsHandshakeTimeout,
    ]

    /// What another try does not change.
    private static let faults: [HTTPClientError] = [.invalidURL, .emptyHost, .alreadyShutdown]

    /// Ends its connections.
    package func shutDown() async {
        // It fails only when it was done before.
        try? await client.shutdown()
    }
}

/// Buffers one after the other, as often as they are asked for.
private struct BufferSequence: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let buffers: [ByteBuffer]

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<ByteBuffer>
        mutating func next() async -> ByteBuffer? { rest.popFirst() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: buffers[...]) }
}

/// The body of an answer, which comes as fast as it is read.
private actor ResponseStream: ObjectStream {
    private var iterator: HTTPClientResponse.Body.AsyncIterator?
    /// Bytes to come; nil where that was not announced.
    private var left: Int64?

    init(_ body: HTTPClientResponse.Body, length: Int64?) {
        self.iterator = body.makeAsyncIterator()
        self.left = length
    }

    func next() async throws(ObjectStoreError) -> ByteBuffer? {
        guard var current = iterator.take() else { return nil }
        let buffer: ByteBuffer?
        do {
            buffer = try await current.next(isolation: self)
        } catch {
            throw BackendHTTP.storeError(error)
        }
        guard let buffer else {
            guard left ?? 0 == 0 else {
                throw ObjectStoreError(.transient(.wrongLength), "\(left ?? 0) bytes are missing")
            }
            return nil
        }
        left = left.map { $0 - Int64(buffer.readableBytes) }
        guard left ?? 0 >= 0 else { throw ObjectStoreError(.transient(.wrongLength), "more bytes than were announced") }
        iterator = current
        return buffer
    }
}
