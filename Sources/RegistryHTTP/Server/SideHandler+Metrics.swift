//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryModel
import RegistryTelemetry

extension SideHandler {
    /// Scrapes under way at once: as many as there may be Prometheus servers, and some that are stuck.
    static let maximumScrapes = 8

    /// The path of a page below that of the metrics: empty for themselves; nil if it is none.
    func metricsPage(_ path: Substring) -> String? {
        guard let metricsPath, path.hasPrefix(metricsPath) else { return nil }
        let rest = path.dropFirst(metricsPath.count)
        return rest.isEmpty || rest.hasPrefix("/") ? String(rest) : nil
    }

    /// Makes a page, counts it and sends it; the place in the gate is held until the scraper has taken it.
    func sendMetrics(
        _ page: String,
        _ request: Request,
        _ writer: consuming ReplyWriter,
        _ connection: ConnectionHandle
    ) async throws {
        guard gate.enter() else {
            instruments.scrapes[.refused].add()
            var error = RegistryError(.tooManyRequests, status: 503, detail: "too many scrapes at once")
            error.closesConnection = true
            var reply = ErrorEnvelope.reply(error)
            reply.headers[.retryAfter] = "5"
            return try await send(reply, request, writer)
        }
        defer { gate.leave() }
        do {
            try await send(metricsReply(page, request), request, writer, connection)
            instruments.scrapes[.served].add()
        } catch {
            instruments.scrapes[.aborted].add()
            throw error
        }
    }

    private func send(
        _ reply: Reply,
        _ request: Request,
        _ writer: consuming ReplyWriter,
        _ connection: ConnectionHandle
    ) async throws {
        guard request.method == .get, case .buffer(let body) = reply.body else {
            return try await send(reply, request, writer)
        }
        // The framework's writer would take the body and return at once, however long the scraper takes.
        let end = try await writer.begin(Self.head(of: reply))
        try await connection.send(body)
        try await end.write()
    }

    private static var usageIsOff: Reply {
        let detail = "the use of repositories is counted where http.debug.prometheus.usage is true"
        return ErrorEnvelope.reply(RegistryError(.notFound, detail: detail))
    }

    private func metricsReply(_ path: String, _ request: Request) -> Reply {
        let query = request.head.query
        var top: Int?
        if let text = query["topk"] {
            guard let number = Int(text), number > 0 else {
                return ErrorEnvelope.reply(RegistryError(.requestInvalid, detail: "topk must be a number above 0"))
            }
            top = number
        }
        let page = metrics.page(
            MetricsRequest(
                path: path,
                accept: request.headers[.accept],
                acceptEncoding: request.headers[.acceptEncoding],
                names: query.all("name[]"),
                top: top
            )
        )
        guard let page else { return path == "/usage" ? Self.usageIsOff : unknownPath }
        var headers: HTTPFields = [.contentType: page.contentType, .vary: "Accept, Accept-Encoding"]
        headers[.contentEncoding] = page.contentEncoding
        return Reply(200, headers: headers, body: .buffer(ByteBuffer(bytes: page.body)))
    }
}
