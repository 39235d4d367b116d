//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Everything that is known of one request, filled in on its way and concluded once.
///
/// The access line, the metrics and all later views are made from this and from nothing else, so they agree. Query
/// strings, credentials and upload states have no place in it.
package struct RequestRecord: Sendable {
    // Set when the request begins.
    /// Wall time of the end of the request's head, for the log only; where that never came, of its first byte.
    ///
    /// How long a client takes to ask says nothing of the server, and other servers begin there too.
    package var start: WallTime
    /// The same moment on the clock that durations are taken from.
    package var startInstant: MonotonicTime
    package var requestID: WideID
    package var trace: TraceContext
    /// As it stands in the request; empty where none could be read.
    package var method: String { didSet { methodName = MethodName(method) } }
    package private(set) var methodName: MethodName
    package var version: ProtocolVersion
    package var remoteAddress: String = ""
    package var forwardedFor: String?
    package var userAgent: String = ""
    /// `X-Request-Id` as the caller sent it; kept apart from our own id, which nobody can forge.
    package var clientRequestID: String?
    /// `Range` or `Content-Range` as sent, if it is nothing else than that.
    package var range: String?

    // Set by routing and by the handler.
    package var route: RouteName = .unknown
    package var repository: RepositoryName?
    package var reference: Reference?
    package var uploadID: UploadID?
    package var digest: Digest?
    package var cache: CacheOutcome?
    package var user: String?
    package var authResult: String?
    package var authReason: AuthReason?
    /// What exactly it was, where that is more than the reason.
    package var authDetail: String?
    package var error: RegistryError?
    /// Bytes that the client was sent elsewhere for.
    package var redirectedBytes: Int64?

    // Set by sending.
    /// What the client was answered; 499 if it had gone before anything of its answer was sent.
    package var status: Int = 0
    /// The status of an answer of which nothing was sent, since the client had gone.
    package private(set) var unsentStatus: Int?
    /// Body bytes received, as read by the server.
    package var bytesIn: Int64 = 0
    /// Body bytes handed to the network.
    package var bytesOut: Int64 = 0
    /// From the start until the head of the answer was ready to send; nil when there was none.
    package var timeToFirstByte: Duration?
    package var duration: Duration = .zero
    /// The client went away, or was cut off: it took its answer too slowly, or a drain was over.
    package var isAborted = false
    /// The server failed within the body of its answer and cut it off; the status was sent before.
    package var isBrokenOff = false
    /// Time in storage and number of driver calls.
    package var storage = StorageMeter.Reading()
    /// Time spent waiting for the client to send its body, or the rest of a head that was refused.
    package var waited: Duration = .zero
    /// The spans of the request; nil without tracing.
    package var spans: SpanRecorder?

    package init(
        start: WallTime,
        startInstant: MonotonicTime,
        requestID: WideID,
        trace: TraceContext,
        method: String,
        version: ProtocolVersion = .http1
    ) {
        self.start = start
        self.startInstant = startInstant
        self.requestID = requestID
        self.trace = trace
        self.method = method
        self.methodName = MethodName(method)
        self.version = version
    }
}

extension RequestRecord {
    /// How the request ended.
    package var outcome: RequestOutcome {
        if isBrokenOff { return .failed }
        if isAborted { return .aborted }
        return switch status {
        case ..<400: .ok
        case ..<500: .refused
        default: .failed
        }
    }

    /// What the server made of the request, whether or not the client was still there to hear of it.
    ///
    /// What was stored is stored, and what failed has failed.
    package var result: Int { unsentStatus ?? status }

    /// Takes in that the client had gone before anything of its answer was sent.
    /// - Parameter result: the status of the answer.
    package mutating func foundNobody(toTell result: Int) {
        isAborted = true
        unsentStatus = result == 499 ? nil : result
        status = 499
    }

    /// Whether the answer did not get to its end, whoever is to blame.
    package var isCutShort: Bool { isAborted || isBrokenOff }

    /// How long the client waited for its answer, its own sending not counted; nil when there was none.
    package var wait: Duration? { timeToFirstByte.map { $0 - waited } }

    /// How grave that is.
    ///
    /// What clients do every day (asking for what is not there, or without credentials) is `info`.
    package var severity: Severity {
        switch (outcome, status) {
        case (.failed, _): .error
        case (.aborted, _): .warn
        case (.refused, 401), (.refused, 404), (.refused, 416): .info
        case (.refused, _): .warn
        case (.ok, _): .info
        }
    }
}
