//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import RegistryCalls
import RegistryTelemetry

/// Posts batches to one collector.
struct CollectorClient: Sendable {
    private let settings: OTLPSettings
    private let client: HTTPClient
    private let headers: HTTPHeaders

    /// An answer has at most so many bytes, by the specification.
    private static let longestAnswer = 4 << 20

    /// - Throws: when a file for TLS cannot be used; without TLS none is read.
    init(_ settings: OTLPSettings, on loops: MultiThreadedEventLoopGroup) throws(CollectorFileError) {
        self.settings = settings
        var configuration = HTTPClient.Configuration(
            // Following one would hand the headers to whoever it leads to.
            redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(settings.timeout.nanoseconds)),
            decompression: .disabled
        )
        // Read now, so that a file that is missing shows at the start.
        if settings.isEncrypted { configuration.tlsConfiguration = try settings.tls.configuration() }
        configuration.httpVersion = .http1Only
        // When to try again is decided in one place, which is not there.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tracing.tracer = nil
        self.client = HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: configuration)
        var headers = HTTPHeaders()
        for (name, value) in settings.headers { headers.replaceOrAdd(name: name, value: value) }
        headers.replaceOrAdd(name: "Content-Type", value: settings.form.contentType)
        headers.replaceOrAdd(name: "User-Agent", value: settings.userAgent)
        if settings.compresses { headers.replaceOrAdd(name: "Content-Encoding", value: "gzip") }
        self.headers = headers
    }

    /// Sends a body, and waits for the whole answer within the configured time.
    func post(_ body: [UInt8]) async -> ExportSchedule.Outcome {
        var request = HTTPClientRequest(url: settings.address)
        request.method = .POST
        request.headers = headers
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            return try await CallDeadline.hold(.nanoseconds(settings.timeout.nanoseconds)) { [request] in
                let response = try await client.execute(request, deadline: .distantFuture)
                let answer = try await response.body.collect(upTo: Self.longestAnswer)
                return ExportResponse.outcome(
                    status: Int(response.status.code),
                    retryAfter: response.headers.first(name: "Retry-After"),
                    body: Array(answer.readableBytesView),
                    isJSON: settings.form == .json
                )
            }
        } catch {
            return .unreachable(cause: CallFailure.words(for: error))
        }
    }

    func shutDown() async {
        // It fails only when it was done before.
        try? await client.shutdown()
    }
}
