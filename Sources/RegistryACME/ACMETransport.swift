//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RegistryCalls
import RegistryModel

/// Requests to an ACME server, and its answers.
package struct ACMETransport: Sendable {
    private let client: HTTPClient
    private let userAgent: String

    private static let timeout = TimeAmount.seconds(30)
    /// More than a directory, an order or a chain of certificates has.
    private static let longestAnswer = 1 << 20

    /// - Parameters:
    ///   - authorities: path of a file in PEM form with authorities that servers' certificates may come from, beside those
    ///     of the system.
    ///   - userAgent: product and version (RFC 8555 §6.1).
    package init(authorities: String?, userAgent: String, on loops: any EventLoopGroup) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities { tls.additionalTrustRoots = [.file(authorities)] }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            // What is signed is signed for one address.
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10)),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        // When to try again is decided in one place, which is not there.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tracing.tracer = nil
        self.client = HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: configuration)
        self.userAgent = userAgent
    }

    /// An answer, whatever its status.
    struct Answer: Sendable {
        let status: Int
        /// Of what was made.
        let location: String?
        let nonce: String?
        let retryAfter: Duration?
        let body: [UInt8]

        /// The body; nil if it is no JSON.
        var json: StrictJSON? { try? StrictJSON(body) }
    }

    func get(_ url: String) async throws(ACMETrouble) -> Answer { try await send(.GET, url) }

    func head(_ url: String) async throws(ACMETrouble) -> Answer { try await send(.HEAD, url) }

    func post(_ url: String, _ body: [UInt8]) async throws(ACMETrouble) -> Answer { try await send(.POST, url, body) }

    private func send(_ method: HTTPMethod, _ url: String, _ body: [UInt8] = []) async throws(ACMETrouble) -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "User-Agent", value: userAgent)
        if method == .POST {
            request.headers.add(name: "Content-Type", value: "application/jose+json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            return try await CallDeadline.hold(Self.timeout) { [client, request] in
                let response = try await client.execute(request, deadline: .distantFuture)
                let content = try await response.body.collect(upTo: Self.longestAnswer)
                let headers = response.headers
                return Answer(
                    status: Int(response.status.code),
                    location: headers.first(name: "Location"),
                    nonce: headers.first(name: "Replay-Nonce"),
                    retryAfter: headers.first(name: "Retry-After").flatMap(RetryAfter.duration),
                    body: Array(content.readableBytesView)
                )
            }
        } catch {
            throw ACMETrouble(cause: CallFailure.words(for: error))
        }
    }

    /// Ends its connections.
    package func shutDown() async {
        // It fails only when it was done before.
        try? await client.shutdown()
    }
}

/// There is no answer.
struct ACMETrouble: Error { let cause: String }

/// How long a server wants to be left alone (RFC 9110 §10.2.3): seconds, or a date.
enum RetryAfter {
    private static let longest = 86_400

    static func duration(_ text: String) -> Duration? {
        // Dates are rare, and whoever sends one is asked again when we would do so anyway.
        guard let seconds = Int(text), seconds >= 0 else { return nil }
        return .seconds(min(seconds, longest))
    }
}
