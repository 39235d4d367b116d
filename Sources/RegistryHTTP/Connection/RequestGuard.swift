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

    /// Writes a slice of a piece, which goes with the piece's last one, that is given to `send`.
    ///
    /// What is encrypted is taken as a whole by then: to send each slice by itself costs an eighth more of processor time.
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
