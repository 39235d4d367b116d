//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// The names of all attributes that spans of the server have; docs/tracing.md says what they mean.
///
/// Those that do not begin with `registry.` are OpenTelemetry's semantic conventions.
enum AttributeName: String, Sendable, CaseIterable {
    // The HTTP request.
    case method = "http.request.method"
    case originalMethod = "http.request.method_original"
    case httpRoute = "http.route"
    case status = "http.response.status_code"
    case unsentStatus = "registry.unsent_status"
    case requestSize = "http.request.body.size"
    case responseSize = "http.response.body.size"
    case path = "url.path"
    case scheme = "url.scheme"
    case serverAddress = "server.address"
    case serverPort = "server.port"
    case clientAddress = "client.address"
    case peerAddress = "network.peer.address"
    case protocolVersion = "network.protocol.version"
    case userAgent = "user_agent.original"
    case errorType = "error.type"
    case manifestDigest = "oci.manifest.digest"
    // What it was about.
    case route = "registry.route"
    case repository = "registry.repository"
    case reference = "registry.reference"
    case blobDigest = "registry.blob.digest"
    case uploadID = "registry.upload.id"
    case cache = "registry.cache.result"
    case client = "registry.client"
    case user = "registry.user"
    case forwardedFor = "registry.forwarded_for"
    case requestID = "registry.request_id"
    case clientRequestID = "registry.client_request_id"
    case outcome = "registry.outcome"
    case errorCode = "registry.error.code"
    case errorDetail = "registry.error.detail"
    case timeToFirstByte = "registry.ttfb_us"
    case waited = "registry.waited_us"
    case storageTime = "registry.storage.time_us"
    case storageCalls = "registry.storage.calls"
    case spansDropped = "registry.spans.dropped"
    case samplingReason = "sampling.reason"
    // Work within it.
    case storageAction = "registry.storage.action"
    case storageDriver = "registry.storage.driver"
    case storagePath = "registry.storage.path_hash"
    case authResult = "registry.auth.result"
    case authReason = "registry.auth.reason"
    case stage = "registry.upload.stage"
    case bytes = "registry.bytes"
    case result = "registry.result"
    case ledgerWork = "registry.ledger.work"
    case ledgerEvents = "registry.ledger.events"
    case storageRequest = "registry.storage.request"
    // What is asked of other servers.
    case url = "url.full"
    case resendCount = "http.request.resend_count"
    case eventID = "cloudevents.event_id"
    case endpoint = "registry.notification.endpoint"
    case batch = "registry.notification.batch"
}

extension SpanAttribute {
    init(_ name: AttributeName, _ text: String) { self.init(name.rawValue, .text(text.cut())) }

    init(_ name: AttributeName, _ number: some BinaryInteger) { self.init(name.rawValue, .number(Int64(number))) }
}
