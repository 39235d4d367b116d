//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Lets a listening socket accept no more connections, without closing it.
final class AcceptGate: Sendable {
    private let isClosed = Atomic(false)

    /// To be put into the socket's pipeline.
    var handler: any ChannelHandler & Sendable { Handler(gate: self) }

    /// Accepts no more, save for the few connections that are being accepted.
    func close(_ channel: any Channel) {
        isClosed.store(true, ordering: .relaxed)
        // Stops what has begun; the handler stops what the stream of connections asks for later.
        channel.setOption(.autoRead, value: false).whenFailure { _ in }
    }

    private final class Handler: ChannelOutboundHandler, Sendable {
        typealias OutboundIn = NIOAny

        private let gate: AcceptGate

        init(gate: AcceptGate) { self.gate = gate }

        func read(context: ChannelHandlerContext) {
            if !gate.isClosed.load(ordering: .relaxed) { context.read() }
        }
    }
}
