//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// The way of every request, top to bottom: `respond` reads as it runs.
///
/// A class, since each request takes hold of it, and has no need of copies of all that it holds.
final class RegistryHandler: Sendable {
    let options: RegistryOptions
    let services: RegistryServices
    private let ids = RequestIdentifiers()
    private let sender: ReplySender
    private let headers: HTTPFields

    private let lists: ListHandler
    private let manifests: ManifestHandler
    private let blobs: BlobHandler
    private let uploads: UploadHandler

    init(_ options: RegistryOptions, _ services: RegistryServices) {
        self.options = options
        self.services = services
        self.sender = ReplySender(context: services.context, pace: services.limits.settings.sendPace)
        self.headers = options.fields
        let tags = TagStore(services.context)
        let blobs = BlobStore(services.context)
        self.lists = ListHandler(
            catalog: CatalogStore(services.context),
            tags: tags,
            referrers: ReferrerStore(services.context, manifests: services.manifests),
            maximumCatalogEntries: options.maximumCatalogEntries,
            maximumTags: options.maximumTags
        )
        self.manifests = ManifestHandler(
            manifests: services.manifests,
            tags: tags,
            space: services.space,
            limits: services.limits
        )
        self.blobs = BlobHandler(blobs: blobs)
        self.uploads = UploadHandler(
            uploads: UploadStore(services.context),
            blobs: blobs,
            space: services.space,
            limits: services.limits,
            instruments: services.instruments,
            secret: options.secret
        )
    }

    /// Serves one request.
    /// - Throws: when the connection can serve no further one.
    func respond(_ httpRequest: Request, _ writer: consuming ReplyWriter, _ connection: ConnectionHandle)
        async throws
    {
        var request = open(httpRequest, connection)
        let admission = services.drain.enter(limit: services.limits.settings.inFlight ?? .max)
        defer { services.drain.leave() }

        let match = RouteMatch(path: httpRequest.head.targetPath, prefix: options.address.prefix)
        // The route that is asked for most never reaches the storage, and needs no meter.
        let meter = match?.name == .base ? nil : StorageMeter()
        var reply = await StorageMeter.$current.withValue(meter) {
            await SpanScope.with(request.record.spans) {
                await answer(httpRequest.head, match, &request, admission, connection)
            }
        }
        complete(&reply, request)

        let status = reply.status
        defer { conclude(&request, meter) }
        do {
            try await sender.send(reply, isHead: request.method == .head, to: writer, connection, &request.record)
        } catch {
            if error is SlowReaderError { services.limits.note(.sendRate, request.record.remoteAddress) }
            // What is no failure of the server's own is the client's or the network's.
            request.record.isAborted = !request.record.isBrokenOff
            if request.record.status == 0 { request.record.foundNobody(toTell: status) }
            throw error
        }
    }

    // MARK: Steps

    private func open(_ request: Request, _ connection: ConnectionHandle) -> APIRequest {
        let head = request.head
        return APIRequest(
            headers: head.headerFields,
            query: head.query,
            links: Links(options.address, for: head),
            connection: connection,
            events: services.context.events,
            body: RequestBodyReader(request, connection: connection, pace: services.limits.settings.bodyPace),
            record: RequestRecord.begin(head, from: connection, ids: ids, options: options)
        )
    }

    /// The answer to a request, or to what is wrong with it: the only place that catches.
    private func answer(
        _ head: HTTPRequest,
        _ match: RouteMatch?,
        _ request: inout APIRequest,
        _ admission: Drain.Admission,
        _ connection: ConnectionHandle
    ) async -> Reply {
        request.record.route = match?.name ?? .unknown
        services.observers.begin(request.record.route)
        var isChange = false
        defer { if isChange { services.readOnly.endChange() } }
        do throws(RegistryError) {
            try admit(admission, connection, request.record)
            guard let match, let route = try match.route() else {
                if head.path == "/" { return Reply(200, headers: [.cacheControl: "no-cache"]) }
                throw RegistryError(.notFound, detail: "see /v2/ and the OCI distribution specification")
            }
            request.record.repository = route.repository
            try check(request.method, on: match.name, &isChange)
            try await authorize(route, head.authority, connection, &request)
            try services.limits.admitUser(request.record)
            return try await handle(route, &request)
        } catch {
            note(error, in: &request)
            request.record.error = error
            return ErrorEnvelope.reply(error)
        }
    }

    /// Asked for more than anything else, and always the same.
    private static let baseReply = Reply(200, json: .object([]))

    private func handle(_ route: Route, _ request: inout APIRequest) async throws(RegistryError) -> Reply {
        switch (route, request.method) {
        case (.base, _): Self.baseReply
        case (.catalog, _): try await lists.catalog(request)
        case (.tags(let name), _): try await lists.tags(in: name, request)
        case (.referrers(let name, let digest), _): try await lists.referrers(of: digest, in: name, request)
        case (.manifest(let name, let reference), let method):
            try await handle(method, reference, in: name, &request)
        case (.blob(let name, let digest), .head): try await blobs.head(digest, in: name, &request)
        case (.blob(let name, let digest), .delete): try await blobs.delete(digest, in: name, &request)
        case (.blob(let name, let digest), _): try await blobs.get(digest, in: name, &request)
        case (.uploads(let name), _): try await uploads.post(in: name, &request)
        case (.upload(let name, let id), .patch): try await uploads.patch(id, in: name, &request)
        case (.upload(let name, let id), .put): try await uploads.put(id, in: name, &request)
        case (.upload(let name, let id), .delete): try await uploads.cancel(id, in: name, &request)
        case (.upload(let name, let id), _): try await uploads.status(id, in: name, &request)
        }
    }

    private func handle(
        _ method: MethodName,
        _ reference: Reference,
        in name: RepositoryName,
        _ request: inout APIRequest
    ) async throws(RegistryError) -> Reply {
        request.record.reference = reference
        return switch method {
        case .put: try await manifests.put(reference, in: name, &request)
        case .delete: try await manifests.delete(reference, in: name, &request)
        default: try await manifests.get(reference, in: name, isHead: method == .head, &request)
        }
    }

    // MARK: Ending

    /// Adds what every answer has, and decides whether the connection can be used further.
    private func complete(_ reply: inout Reply, _ request: APIRequest) {
        // Once, with the two that the connection may want to add.
        reply.headers.reserveCapacity(reply.headers.count + headers.count + 5)
        addCommonHeaders(to: &reply, request.record)
        for field in headers { reply.headers.append(field) }
        if let length = reply.body.length {
            reply.headers.append(HTTPField(name: .contentLength, value: String(length)))
        }
        if !Self.canGoOn(after: request.body) { reply.headers[.connection] = "close" }
    }

    private func addCommonHeaders(to reply: inout Reply, _ record: RequestRecord) {
        reply.headers.append(HTTPField(name: .apiVersion, value: "registry/2.0"))
        reply.headers.append(HTTPField(name: .requestID, value: record.requestID.description))
        // To callers that sent a trace, and where there will be one to look at.
        let isSampled = record.spans?.headReason != nil
        let isFailure = reply.status >= 500 && record.spans != nil
        if isSampled || isFailure || record.trace.parentSpanID != nil {
            let value = record.trace.header(isSampled: isSampled)
            reply.headers.append(HTTPField(name: .traceresponse, value: value))
        }
        reply.headers.append(HTTPField(name: .date, value: DateHeader.value))
    }

    /// A short rest of a refused body is read and thrown away; a long one, or one that a client holds back until it is
    /// asked for, ends the connection.
    private static func canGoOn(after body: RequestBodyReader) -> Bool {
        guard !body.isComplete else { return true }
        guard !body.hasFailed else { return false }
        guard !body.isExpected, let length = body.declaredLength else { return false }
        return length - body.received <= shortRest
    }

    private static let shortRest: Int64 = 64 << 10

    private func conclude(_ request: inout APIRequest, _ meter: StorageMeter?) {
        request.record.bytesIn = request.body.received
        request.record.waited = request.body.waited
        if let failure = request.body.failure { services.limits.note(failure, request.record) }
        if let meter { request.record.storage = meter.reading }
        if request.record.status == 499 { request.record.isAborted = true }
        request.record.duration = .now - request.record.startInstant
        request.tellPull()
        services.observers.conclude(request.record)
    }

    /// The answer to what never became a request; it leaves a record like any other.
    func refuse(_ refused: RefusedHead) -> Reply {
        let start = WallTime.now
        var record = RequestRecord.begin(
            refused.head ?? HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil),
            from: refused.connection,
            ids: ids,
            options: options,
            start: WallTime(microseconds: start.microseconds - refused.age.microseconds),
            startInstant: .now - refused.age
        )
        if refused.head == nil { record.method = "" }
        record.error = refused.error
        record.status = refused.error.status
        services.observers.begin(.unknown)
        switch refused.error.status {
        case 431: services.limits.note(.headerSize, record.remoteAddress)
        case 408: services.limits.note(.headerTime, record.remoteAddress)
        default: break
        }
        var reply = ErrorEnvelope.reply(refused.error)
        addCommonHeaders(to: &reply, record)
        record.waited = refused.age
        record.duration = .now - record.startInstant
        if refused.isAnswered, case .buffer(let body) = reply.body {
            record.bytesOut = Int64(body.readableBytes)
            record.timeToFirstByte = record.duration
        }
        services.observers.conclude(record)
        return reply
    }
}
