//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1

/// A request to an endpoint, until it is answered, or given up; used on one event loop.
final class EndpointCall: @unchecked Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let deadline: NIODeadline
    /// Since the head of an answer was there.
    var answer: EndpointAnswer?
    private var waiter: UnsafeContinuation<EndpointAnswer, Never>?
    /// Whether nobody waits for it any more.
    private(set) var isOver = false

    init(_ head: HTTPRequestHead, _ body: ByteBuffer, deadline: NIODeadline) {
        self.head = head
        self.body = body
        self.deadline = deadline
    }

    /// Tells who waits for it what came of it; at once if it is over already.
    func answer(to waiter: UnsafeContinuation<EndpointAnswer, Never>) {
        guard isOver else { return self.waiter = waiter }
        waiter.resume(returning: EndpointAnswer(cause: "the server is ending"))
    }

    /// Ends it; what comes later counts for nothing.
    /// - Parameter cause: why there is no answer. With a head the endpoint has answered, whatever becomes of the rest.
    func finish(_ cause: @autoclosure () -> String) {
        guard !isOver else { return }
        isOver = true
        waiter?.resume(returning: answer ?? EndpointAnswer(cause: cause()))
        waiter = nil
    }
}
