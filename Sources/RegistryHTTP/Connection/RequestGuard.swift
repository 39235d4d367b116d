//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// What guards a request on its channel: a connection of HTTP/1, or a stream of HTTP/2.
///
/// Used on the channel's event loop only.
protocol RequestGuard: AnyObject {
    /// Whether the end of a body is still to come.
    var isReceivingBody: Bool { get }

    /// Tells a client that waits for it to go on.
    func sendContinue()

    /// Sends a slice of a piece at once, ahead of its last one, which is given to `send`.
    ///
    /// What is encrypted is taken by the flush, so without one of its own a slice is taken no sooner than the last.
    func write(_ slice: ByteBuffer, promise: EventLoopPromise<Void>)

    /// Sends a piece of a body, between a head and an end that the framework sends.
    /// - Parameter promise: kept when all of the piece was taken by the client's side.
    func send(_ piece: ByteBuffer, promise: EventLoopPromise<Void>)

    /// The socket, for writing to it past the channel; nil where bytes must go through the channel.
    var socket: CInt? { get }

    /// Has no more wait in the kernel for the client than it needs, now that much is sent to it.
    func fitSendBuffer()

    /// Whom the client's certificate stands for; nil without one that was verified.
    var certificateName: String? { get }
}
