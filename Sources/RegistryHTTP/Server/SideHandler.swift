//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// What the side port answers: read-only, without authentication, and about the server itself.
package struct SideHandler: Sendable {
    private let health: HealthMonitor
    private let drain: Drain
    private let metrics: any MetricsSource
    private let capacity: CapacityReading
    /// `http.debug.prometheus.path`; nil when metrics are not enabled.
    private let metricsPath: String?

    package init(
        health: HealthMonitor,
        drain: Drain,
        capacity: CapacityReading,
        metrics: any MetricsSource,
        metricsPath: String?
    ) {
        self.health = health
        self.drain = drain
        self.capacity = capacity
        self.metrics = metrics
        self.metricsPath = metricsPath
    }

    func respond(_ request: Request, _ writer: consuming ResponseWriter) async throws {
        var reply = await answer(request)
        reply.headers[.date] = DateHeader.value
        if case .buffer(let body) = reply.body { reply.headers[.contentLength] = String(body.readableBytes) }
        let head = HTTPResponse(status: .init(code: reply.status), headerFields: reply.headers)
        if request.method != .head, case .buffer(let body) = reply.body {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        } else {
            try await writer.writeResponse(head)
        }
    }

    private func answer(_ request: Request) async -> Reply {
        guard request.method == .get || request.method == .head else {
            var error = RegistryError(.unsupported, detail: "the side port is read-only")
            error.allowedMethods = "GET, HEAD"
            error.closesConnection = true
            return ErrorEnvelope.reply(error)
        }
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        if let metricsPath, path == metricsPath { return await exposition(request) }
        return switch path {
        case "/debug/health": healthReport
        case "/livez": Reply(200, json: .object([("status", .string("live"))]))
        case "/readyz", "/startupz": readiness
        default:
            ErrorEnvelope.reply(
                RegistryError(
                    .notFound,
                    detail: "here are \(metricsPath.map { $0 + ", " } ?? "")/debug/health, /livez, /readyz"
                )
            )
        }
    }

    private func exposition(_ request: Request) async -> Reply {
        await capacity.refresh()
        let (contentType, body) = metrics.exposition(accept: request.headers[.accept])
        return Reply(200, headers: [.contentType: contentType], body: .buffer(ByteBuffer(bytes: body)))
    }

    /// Distribution's form: an empty object, or 503 and the failing checks by name.
    private var healthReport: Reply {
        guard let failure = health.failure else { return Reply(200, json: .object([])) }
        return Reply(503, json: .object([("storagedriver", .string(failure))]))
    }

    private var readiness: Reply {
        if drain.isDraining { return Reply(503, json: .object([("status", .string("draining"))])) }
        guard let failure = health.failure else { return Reply(200, json: .object([("status", .string("ready"))])) }
        return Reply(503, json: .object([("status", .string("unhealthy")), ("storagedriver", .string(failure))]))
    }
}
