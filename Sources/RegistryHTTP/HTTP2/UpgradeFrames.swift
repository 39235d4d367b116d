//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Puts the request that a connection was upgraded by (RFC 7540 §3.2) in its place among the frames of HTTP/2: behind the
/// client's preface and settings.
///
/// So the library sees a connection like any other, whose first stream has number 1. It is the first of a connection's
/// handlers, and goes when that is done.
final class UpgradeFrames: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let prefaceBytes = 24
    private static let frameHeadBytes = 9

    private let request: [UInt8]
    private var received = ByteBuffer()

    init(_ request: UpgradeRequest) { self.request = request.headersFrame }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        guard let end = endOfSettings else { return }
        var all = received.readSlice(length: end) ?? ByteBuffer()
        all.writeBytes(request)
        all.writeBuffer(&received)
        context.fireChannelRead(wrapInboundOut(all))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    /// Where the client's settings end; nil while they are not there.
    ///
    /// What is no preface ends at once, as it is.
    private var endOfSettings: Int? {
        let start = received.readerIndex + Self.prefaceBytes
        guard received.readableBytes >= Self.prefaceBytes + Self.frameHeadBytes,
            let length = received.getBytes(at: start, length: 3)
        else { return nil }
        let count = length.reduce(0) { $0 << 8 | Int($1) }
        let end = Self.prefaceBytes + Self.frameHeadBytes + count
        // No settings are that long; the library says what is wrong with it.
        guard count <= 1024 else { return received.readableBytes }
        return received.readableBytes >= end ? end : nil
    }

    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        context.leavePipeline(removalToken: removalToken)
    }
}
