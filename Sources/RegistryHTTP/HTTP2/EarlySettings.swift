//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Has the server's settings hold from the beginning of a connection of HTTP/2.
///
/// NIO holds heads to what its settings say once the client has acknowledged them, and to 16 KiB before, which nobody can
/// change: a client that begins with a large token would lose its connection and be told nothing. So NIO hears of the
/// acknowledgement right behind the client's own settings, and the client's, which comes later, is taken out. Nobody is
/// held to less than without settings: for heads 16 KiB are announced at least, and as many streams as clients begin with
/// (RFC 9113 §6.5.2).
///
/// It stands in front of NIO's handler of frames, and goes when the acknowledgement has come.
final class EarlySettings: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let prefaceBytes = 24
    private static let headBytes = 9
    /// SETTINGS with ACK, of the connection (RFC 9113 §6.5).
    private static let acknowledgement: [UInt8] = [0, 0, 0, 4, 1, 0, 0, 0, 0]

    /// Bytes that go on as they are before the head of the next frame.
    private var rest = prefaceBytes
    /// The head of a frame, as much of it as is there.
    private var head: [UInt8] = []
    /// Whether the client's first frame, its settings, is the next or the one that goes on.
    private var isBeginning = true
    /// NIO has heard of the acknowledgement.
    private var isAcknowledged = false
    private var isDone = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        while !isDone, bytes.readableBytes > 0 {
            if rest > 0 {
                let piece = bytes.readSlice(length: min(rest, bytes.readableBytes)) ?? ByteBuffer()
                rest -= piece.readableBytes
                context.fireChannelRead(wrapInboundOut(piece))
            } else {
                head += bytes.readBytes(length: min(Self.headBytes - head.count, bytes.readableBytes)) ?? []
                if head.count == Self.headBytes { takeHead(context) }
            }
            if !isBeginning, !isAcknowledged, !isDone, rest == 0 { acknowledge(context) }
        }
        if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
        if isDone { context.pipeline.syncOperations.removeHandler(context: context, promise: nil) }
    }

    private func acknowledge(_ context: ChannelHandlerContext) {
        isAcknowledged = true
        context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: Self.acknowledgement)))
    }

    private func takeHead(_ context: ChannelHandlerContext) {
        defer { head = [] }
        if isAcknowledged, head == Self.acknowledgement {
            isDone = true
            return
        }
        // What does not begin with settings is NIO's to refuse.
        if isBeginning { isDone = head[3] != 4 || head[4] != 0 }
        isBeginning = false
        rest = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: head)))
    }
}
