//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryModel

extension SideHandler {
    static let reportsPath = "/reports"

    /// Reports under way at once: each may read the whole ledger.
    static let maximumReports = 2

    /// The name of a report in a path: empty for the list of them; nil for another path.
    static func reportName(_ path: Substring) -> String? {
        guard path.hasPrefix(reportsPath) else { return nil }
        let rest = path.dropFirst(reportsPath.count)
        return rest.isEmpty ? "" : rest.hasPrefix("/") ? String(rest.dropFirst()) : nil
    }

    /// Makes a report and sends it piece by piece.
    func sendReport(
        _ name: String,
        _ request: Request,
        _ writer: consuming ReplyWriter,
        _ connection: ConnectionHandle
    ) async throws {
        guard let reports else {
            let error = RegistryError(.notFound, detail: "there are no reports without a ledger")
            return try await send(ErrorEnvelope.reply(error), request, writer)
        }
        guard !name.isEmpty else {
            let names = reports.names.map { JSONText.string($0) }
            return try await send(Reply(200, json: .object([("reports", .array(names))])), request, writer)
        }
        guard reportGate.enter() else {
            var error = RegistryError(.tooManyRequests, status: 503, detail: "too many reports at once")
            error.closesConnection = true
            var reply = ErrorEnvelope.reply(error)
            reply.headers[.retryAfter] = "10"
            return try await send(reply, request, writer)
        }
        defer { reportGate.leave() }
        let document: PiecewiseDocument
        do throws(RegistryError) {
            document = try await reports.document(name, try Self.parameters(request))
        } catch {
            return try await send(ErrorEnvelope.reply(error), request, writer)
        }
        try await Self.send(document, request, writer, connection)
    }

    private static func parameters(_ request: Request) throws(RegistryError) -> [String: String] {
        let query = request.head.query
        var values: [String: String] = [:]
        for name in query.names {
            guard values[name] == nil else {
                throw RegistryError(.requestInvalid, detail: "\(name) is given twice")
            }
            values[name] = query[name]
        }
        return values
    }

    /// Sends a document as it is made, no faster than it is taken.
    static func send(
        _ document: PiecewiseDocument,
        _ request: Request,
        _ writer: consuming ReplyWriter,
        _ connection: ConnectionHandle
    ) async throws {
        let headers: HTTPFields = [.contentType: document.contentType, .date: DateHeader.value]
        let head = HTTPResponse(status: .ok, headerFields: headers)
        guard request.method == .get else { return try await writer.write(head) }
        let end = try await writer.begin(head)
        let pieces = document.pieces()
        while let piece = pieces.next() { try await connection.send(ByteBuffer(bytes: piece)) }
        try await end.write()
    }
}
