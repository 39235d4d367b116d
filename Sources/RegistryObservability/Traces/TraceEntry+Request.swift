//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

extension TraceEntry {
    /// The span of the request itself, by the semantic conventions for HTTP servers.
    ///
    /// Source: OpenTelemetry semantic conventions, "HTTP server span".
    func requestSpan() -> ExportedSpan {
        let trace = record.trace
        var span = ExportedSpan(
            traceID: trace.traceID,
            spanID: trace.spanID,
            parentID: trace.parentSpanID,
            state: trace.state,
            flags: ExportedSpan.flags(isSampled: true, hasRemoteParent: trace.parentSpanID != nil),
            name: requestName,
            kind: .server,
            start: time(.zero),
            end: time(record.duration),
            attributes: httpAttributes + registryAttributes
        )
        // What clients do wrong, and that they go away, is no error of the server; what failed before they went is.
        if record.isBrokenOff || record.result >= 500 {
            // A status that was sent before the failure is none of it.
            span.attributes.append(.init(.errorType, record.result >= 500 ? String(record.result) : "broken_off"))
            span.status = .error(message: (record.error?.cause ?? record.error?.detail ?? "").cut())
        }
        return span
    }

    private var isKnownMethod: Bool {
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"].contains(record.method)
    }

    /// Never a path, of which there are without number.
    private var requestName: String {
        let method = isKnownMethod ? record.method : "HTTP"
        guard let template = record.route.template else { return method }
        return "\(method) \(template)"
    }

    private var httpAttributes: [SpanAttribute] {
        var attributes: [SpanAttribute] = []
        attributes.reserveCapacity(32)
        attributes.append(.init(.method, isKnownMethod ? record.method : "_OTHER"))
        if !isKnownMethod, !record.method.isEmpty { attributes.append(.init(.originalMethod, record.method)) }
        if let target = record.spans?.target {
            // What never became a request has none.
            let path = target.toldPath(isValidated: hasValidPath)
            if !path.isEmpty { attributes.append(.init(.path, path)) }
            attributes.append(.init(.scheme, target.scheme))
            if let authority = target.toldAuthority { attributes += SpanAttribute.server(String(authority)) }
        }
        if let template = record.route.template { attributes.append(.init(.httpRoute, template)) }
        if record.status != 0 { attributes.append(.init(.status, record.status)) }
        attributes.append(.init(.requestSize, record.bytesIn))
        attributes.append(.init(.responseSize, record.bytesOut))
        if !record.remoteAddress.isEmpty {
            attributes.append(.init(.clientAddress, record.remoteAddress))
            attributes.append(.init(.peerAddress, record.remoteAddress))
        }
        attributes.append(.init(.protocolVersion, record.version.rawValue))
        if !record.userAgent.isEmpty { attributes.append(.init(.userAgent, record.userAgent)) }
        return attributes
    }

    /// Whether each part of the path was found to be what its route has there.
    private var hasValidPath: Bool {
        switch record.route {
        case .unknown: false
        case .base, .catalog: true
        case .tags, .manifest, .blob, .blobUpload, .blobUploadChunk, .referrers: record.repository != nil
        }
    }

    private var registryAttributes: [SpanAttribute] {
        var attributes: [SpanAttribute] = [.init(.route, record.route.rawValue)]
        func add(_ name: AttributeName, _ text: String?) {
            if let text { attributes.append(.init(name, text)) }
        }
        add(.repository, record.repository?.description)
        add(.reference, record.reference?.description)
        add(record.route == .manifest ? .manifestDigest : .blobDigest, record.digest?.description)
        add(.uploadID, record.uploadID?.description)
        add(.cache, record.cache?.rawValue)
        add(.client, ClientFamily(userAgent: record.userAgent).rawValue)
        add(.user, record.user)
        add(.forwardedFor, record.forwardedFor)
        add(.requestID, record.requestID.description)
        add(.clientRequestID, record.clientRequestID)
        add(.outcome, record.outcome.rawValue)
        if let status = record.unsentStatus { attributes.append(.init(.unsentStatus, status)) }
        add(.errorCode, record.error?.code.rawValue)
        add(.errorDetail, record.error?.detail)
        if let time = record.timeToFirstByte { attributes.append(.init(.timeToFirstByte, time.microseconds)) }
        attributes.append(.init(.waited, record.waited.microseconds))
        attributes.append(.init(.storageTime, record.storage.time.microseconds))
        attributes.append(.init(.storageCalls, record.storage.calls))
        if dropped > 0 { attributes.append(.init(.spansDropped, dropped)) }
        add(.samplingReason, reason.rawValue)
        return attributes
    }
}

extension RouteName {
    /// The route with its variable parts in braces, as `http.route` has it; nil where there is none.
    var template: String? {
        switch self {
        case .base: "/v2/"
        case .catalog: "/v2/_catalog"
        case .tags: "/v2/{name}/tags/list"
        case .manifest: "/v2/{name}/manifests/{reference}"
        case .blob: "/v2/{name}/blobs/{digest}"
        case .blobUpload: "/v2/{name}/blobs/uploads/"
        case .blobUploadChunk: "/v2/{name}/blobs/uploads/{uuid}"
        case .referrers: "/v2/{name}/referrers/{digest}"
        case .unknown: nil
        }
    }
}
