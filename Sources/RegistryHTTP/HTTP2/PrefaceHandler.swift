//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Finds out from the first bytes of a connection whether its client speaks HTTP/2, or would, and holds them until somebody is
/// there who can read them.
///
/// A connection of HTTP/2 begins with `PRI * HTTP/2.0`, which no request of HTTP/1 does (RFC 9113 §3.4). A client that does
/// not know beforehand begins with a request of HTTP/1.1 that asks for it (RFC 7540 §3.2).
final class PrefaceHandler<Output: Sendable>: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static var preface: String { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" }

    private let promise: EventLoopPromise<Output>
    private let timeout: TimeAmount
    private let chosen: (Bool) -> EventLoopFuture<Output>
    private var received = ByteBuffer()
    private var isChosen = false
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - timeout: for the client to say something.
    ///   - chosen: sets up the rest of the pipeline, told whether it is HTTP/2.
    init(timeout: TimeAmount, on eventLoop: any EventLoop, _ chosen: @escaping (Bool) -> EventLoopFuture<Output>) {
        self.promise = eventLoop.makePromise()
        self.timeout = timeout
        self.chosen = chosen
    }

    /// What `chosen` made; fails if the connection ends before.
    var result: EventLoopFuture<Output> { promise.futureResult }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        // Nothing happens where it was kept.
        promise.fail(ChannelError.ioOnClosedChannel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        let isLeaving = (event as? ChannelEvent) == .inputClosed
        // Whoever has said nothing yet has nothing to lose.
        if !isChosen, isLeaving || event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        guard !isChosen, let isHTTP2 = Self.isHTTP2(received) else { return }
        isChosen = true
        let upgrade = isHTTP2 ? nil : UpgradeRequest(Array(received.readableBytesView))
        if let upgrade { begin(upgrade, context) }
        chosen(isHTTP2 || upgrade != nil).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let output):
                self.promise.succeed(output)
                context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            case .failure(let error):
                self.promise.fail(error)
                context.close(promise: nil)
            }
        }
    }

    /// Tells the client to go on in HTTP/2, and has its request wait for its preface.
    private func begin(_ upgrade: UpgradeRequest, _ context: ChannelHandlerContext) {
        received.clear()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: UpgradeRequest.answer)), promise: nil)
        // It fails only on a connection that has ended.
        try? context.pipeline.syncOperations.addHandler(UpgradeFrames(upgrade), position: .after(self))
    }

    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        if received.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(received)) }
        context.fireChannelReadComplete()
        context.leavePipeline(removalToken: removalToken)
    }

    /// - Returns: nil while it can be either.
    private static func isHTTP2(_ bytes: ByteBuffer) -> Bool? {
        let expected = preface.utf8.prefix(bytes.readableBytes)
        guard bytes.readableBytesView.starts(with: expected) else { return false }
        return bytes.readableBytes < preface.utf8.count ? nil : true
    }
}
