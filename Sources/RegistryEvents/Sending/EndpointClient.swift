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
    private let timeout: TimeAmount
    private let client: HTTPClient
    private let loop: any EventLoop
    /// What all requests have in common; its address is read only once.
    private let request: Result<HTTPClient.Request, any Error>

    /// - Parameter loop: for its connections, and for those who call it.
    init(_ plan: EndpointPlan, userAgent: String, on loop: any EventLoop) {
        let settings = plan.settings
        self.timeout = TimeAmount(settings.timeout)
        self.loop = loop
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
        self.client = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
        var headers = HTTPHeaders()
        headers.add(name: "User-Agent", value: userAgent)
        for name in Set(settings.headers.map { $0.name.lowercased() }) { headers.remove(name: name) }
        for header in settings.headers { headers.add(name: header.name, value: header.value) }
        self.request = Result { [headers] in
            try HTTPClient.Request(url: settings.address, method: .POST, headers: headers)
        }
    }

    /// Sends a message, and waits for the answer within the configured time.
    func post(_ message: EventMessage, _ further: [(name: String, value: String)]) async -> EndpointAnswer {
        let reader = AnswerReader()
        do {
            var request = try request.get()
            for (name, value) in message.headers + further { request.headers.replaceOrAdd(name: name, value: value) }
            request.body = .byteBuffer(ByteBuffer(bytes: message.body))
            // There is only this one loop; to ask for connections on it would have each made for one request.
            let task = client.execute(
                request: request,
                delegate: reader,
                eventLoop: .delegate(on: loop),
                deadline: .now() + timeout
            )
            return try await withTaskCancellationHandler {
                try await task.get()
            } onCancel: {
                task.cancel()
            }
        } catch {
            // With a head the endpoint has answered, whatever becomes of the rest.
            return reader.answer ?? EndpointAnswer(cause: Self.words(for: error))
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

    func shutDown() async {
        // It fails only when it was done before.
        try? await client.shutdown()
    }
}
