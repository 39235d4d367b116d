//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryModel
package import RegistryTelemetry

/// What the side port answers: read-only, without authentication, and about the server itself.
package struct SideHandler: Sendable {
    private let health: HealthMonitor
    private let drain: Drain
    private let readOnly: ReadOnlyMode
    /// The state of the ledger, and why it cannot be used.
    private let ledger: (@Sendable () -> (state: String, cause: String?))?
    let instruments: Instruments
    let metrics: any MetricsSource
    /// `http.debug.prometheus.path`; nil when metrics are not enabled.
    let metricsPath: String?
    let gate = ScrapeGate(limit: maximumScrapes)
    /// Nil without a ledger.
    let reports: (any ReportsSource)?
    let reportGate = ScrapeGate(limit: maximumReports)

    package init(
        health: HealthMonitor,
        drain: Drain,
        readOnly: ReadOnlyMode,
        instruments: Instruments,
        ledger: (@Sendable () -> (state: String, cause: String?))? = nil,
        metrics: any MetricsSource,
        metricsPath: String?,
        reports: (any ReportsSource)? = nil
    ) {
        self.health = health
        self.drain = drain
        self.readOnly = readOnly
        self.instruments = instruments
        self.ledger = ledger
        self.metrics = metrics
        self.metricsPath = metricsPath
        self.reports = reports
    }

    func respond(_ request: Request, _ writer: consuming ReplyWriter, _ connection: ConnectionHandle) async throws {
        let path = request.head.targetPath
        guard request.method == .get || request.method == .head else {
            var error = RegistryError(.unsupported, detail: "the side port is read-only")
            error.allowedMethods = "GET, HEAD"
            error.closesConnection = true
            return try await send(ErrorEnvelope.reply(error), request, writer)
        }
        if let page = metricsPage(path) {
            try await sendMetrics(page, request, writer, connection)
        } else if let name = Self.reportName(path) {
            try await sendReport(name, request, writer, connection)
        } else {
            try await send(answer(path), request, writer)
        }
    }

    func send(_ reply: Reply, _ request: Request, _ writer: consuming ReplyWriter) async throws {
        try await Self.send(reply, request, writer)
    }

    /// Sends an answer that is in memory.
    static func send(_ reply: Reply, _ request: Request, _ writer: consuming ReplyWriter) async throws {
        let head = head(of: reply)
        if request.method != .head, case .buffer(let body) = reply.body {
            try await writer.write(head, body)
        } else {
            try await writer.write(head)
        }
    }

    static func head(of reply: Reply) -> HTTPResponse {
        var headers = reply.headers
        headers[.date] = DateHeader.value
        if case .buffer(let body) = reply.body { headers[.contentLength] = String(body.readableBytes) }
        return HTTPResponse(status: .init(code: reply.status), headerFields: headers)
    }

    private func answer(_ path: Substring) -> Reply {
        switch path {
        case "/debug/health": healthReport
        case "/livez": Reply(200, json: .object([("status", .string("live"))]))
        case "/readyz", "/startupz": readiness
        default: unknownPath
        }
    }

    var unknownPath: Reply {
        var pages = metricsPath.map { path in [path] + metrics.pages.map { path + $0 } } ?? []
        pages += ["/debug/health", "/livez", "/readyz", "/startupz", "/reports"]
        return ErrorEnvelope.reply(
            RegistryError(.notFound, detail: "here are \(pages.joined(separator: ", "))")
        )
    }

    /// Distribution's form: an empty object, or 503 and the failing checks by name.
    private var healthReport: Reply {
        let failures = health.failures
        return Reply(failures.isEmpty ? 200 : 503, json: .object(failures.map { ($0.check, .string($0.cause)) }))
    }

    private var readiness: Reply {
        if drain.isDraining { return Reply(503, json: .object([("status", .string("draining"))])) }
        let failures = health.failures
        guard !failures.isEmpty else {
            // Without its ledger the registry serves all the same.
            let ledger = ledger?()
            return Reply(
                200,
                json: .object([
                    ("status", .string("ready")), ("read_only", .bool(readOnly.isOn)),
                    ("ledger", ledger.map { .string($0.state) }), ("ledger_cause", ledger?.cause.map { .string($0) }),
                ])
            )
        }
        let members = failures.map { ($0.check, JSONText?.some(.string($0.cause))) }
        return Reply(503, json: .object([("status", .string("unhealthy"))] + members))
    }
}
