//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Posts messages to one endpoint, on connections that it keeps.
struct EndpointClient: Sendable {
    private let address: String
    private let timeout: Duration
    private let client: HTTPClient
    private let headers: HTTPHeaders

    /// Of an answer's body so much is read, so that the connection can be used again; nobody looks at it.
    static let longestAnswer = 64 << 10

    init(_ plan: EndpointPlan, userAgent: String, on loops: MultiThreadedEventLoopGroup) {
        let settings = plan.settings
        self.address = settings.address
        self.timeout = settings.timeout
        let timeout = TimeAmount.nanoseconds(Self.nanoseconds(settings.timeout))
        var configuration = HTTPClient.Configuration(
            // Following one would hand headers and events to whoever it leads to.
            redirectConfiguration: .disallow,
            timeout: .init(connect: timeout),
            decompression: .disabled
        )
        if let tls = plan.tls { configuration.tlsConfiguration = tls }
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.parallel
        // When to try again is decided in one place, which is not there.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tracing.tracer = nil
        self.client = HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: configuration)
        var headers = HTTPHeaders()
        headers.add(name: "User-Agent", value: userAgent)
        for name in Set(settings.headers.map { $0.name.lowercased() }) { headers.remove(name: name) }
        for header in settings.headers { headers.add(name: header.name, value: header.value) }
        self.headers = headers
    }

    /// Sends a message, and waits for the answer within the configured time.
    func post(_ message: EventMessage, _ further: [(name: String, value: String)]) async -> EndpointAnswer {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers = headers
        for (name, value) in message.headers + further { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: message.body))
        let end = ContinuousClock.now + timeout
        do {
            let deadline = NIODeadline.now() + .nanoseconds(Self.nanoseconds(timeout))
            let response = try await client.execute(request, deadline: deadline)
            let answer = EndpointAnswer(
                status: Int(response.status.code),
                retryAfter: response.headers.first(name: "Retry-After"),
                location: response.headers.first(name: "Location")
            )
            await Self.drain(response, until: end)
            return answer
        } catch {
            return EndpointAnswer(cause: Self.words(for: error))
        }
    }

    /// Reads what still comes, a little and for a while.
    ///
    /// What comes of it changes nothing.
    private static func drain(_ response: HTTPClientResponse, until end: ContinuousClock.Instant) async {
        let length = response.headers.first(name: "Content-Length")
        if response.status == .noContent || length == "0" {
            do { for try await _ in response.body {} } catch {}
            return
        }
        if let length = length.flatMap({ Int($0) }), length > longestAnswer { return }
        await withTaskGroup { group in
            group.addTask {
                var count = 0
                do {
                    for try await piece in response.body {
                        count += piece.readableBytes
                        if count > longestAnswer { break }
                    }
                } catch {}
            }
            group.addTask { try? await Task.sleep(until: end) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Without what the error may know of the request.
    private static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded: "no answer in time"
        case let error as HTTPClientError: error.shortDescription
        case let error as NIOConnectionError: error.connectionErrors.first.map { words(for: $0.error) } ?? "no address"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case is CancellationError: "the server is ending"
        case let error as HTTPParserError: "the answer is not HTTP: \(error)"
        default: "\(error)"
        }
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        Int64(clamping: duration.components.seconds) * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }

    func shutDown() async {
        // It fails only when it was done before.
        try? await client.shutdown()
    }
}
