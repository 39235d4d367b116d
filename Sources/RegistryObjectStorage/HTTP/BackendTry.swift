//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOHTTP1
import RegistryTelemetry
import Synchronization

/// One try of a request to a vendor: how many there were before, and its span where it is made for a traced request.
package struct BackendTry: Sendable {
    /// Tries before it.
    package let number: Int
    private let span: Span?

    /// A try outside any other request.
    package init(_ number: Int = 0) {
        self.number = number
        self.span = nil
    }

    /// Begins a try, with a span where the running task works for a traced request.
    init(_ number: Int, of request: BackendRequest) {
        self.number = number
        self.span = OpenSpan.begin().map { Span($0, request) }
    }

    /// What becomes known of it while it is under way.
    private final class Span: Sendable {
        let open: OpenSpan
        let request: BackendRequest
        let facts = Mutex<(target: BackendCall.Target?, status: Int?)>((nil, nil))

        init(_ open: OpenSpan, _ request: BackendRequest) {
            self.open = open
            self.request = request
        }
    }

    /// Has the vendor go on with the trace; its signatures are of other headers.
    func add(to headers: inout HTTPHeaders) {
        guard let open = span?.open else { return }
        for (name, value) in open.recorder.contextHeaders(of: open.id) {
            headers.replaceOrAdd(name: name, value: value)
        }
    }

    /// Something is sent; the last of several counts.
    func sends(_ message: BackendMessage) {
        guard let span else { return }
        // Of those who give out credentials some are asked by a path that nobody else knows.
        let hidesPath = message.hidesPath || span.request == .credentials
        let target = BackendCall.Target(message.method, url: message.url, hidesPath: hidesPath)
        span.facts.withLock { $0 = (target, nil) }
    }

    /// There is an answer to it.
    func isAnswered(_ status: Int) { span?.facts.withLock { $0.status = status } }

    /// Records the span.
    /// - Parameter error: what the try has come to; nil if it has succeeded.
    func end(driver: String, _ error: ObjectStoreError?) {
        guard let span else { return }
        let (target, status) = span.facts.withLock { $0 }
        let call = BackendCall(span.request, driver: driver, resends: number, target: target, status: status)
        span.open.end(.backend(call), error?.spanOutcome ?? .ok)
    }
}
