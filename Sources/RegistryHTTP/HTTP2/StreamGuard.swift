//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2
import RegistryModel

/// Time limits and the end of one request on a stream of HTTP/2 (RFC 9113), as `ConnectionGuard` has them for HTTP/1.
///
/// What HTTP/1 says in the head of a request, HTTP/2 says by its frames: whether there is a body, and whether the
/// connection goes on. The guard puts the one into the head, and takes the other out of it.
final class StreamGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var state: ConnectionState
    private var alarm = Alarm()
    private var context: ChannelHandlerContext?
    /// A head that is not handed on yet: the next frame tells whether a body follows.
    private var pendingHead: HTTPRequest?
    /// The answer is sent whole.
    private var isAnswered = false
    /// The head was too large, so that nobody else hears of the request.
    private var isRefused = false
    private let head: HeadLimits
    private let refused: RefusedHead.Teller
    private let stalled: @Sendable (any Channel) -> Void

    /// - Parameters:
    ///   - head: what the head may have.
    ///   - refused: tells of a request that was refused before there was a request.
    ///   - stalled: told when the client is cut off because it takes nothing.
    init(
        timeouts: ConnectionTimeouts,
        head: HeadLimits,
        refused: @escaping RefusedHead.Teller,
        stalled: @escaping @Sendable (any Channel) -> Void
    ) {
        self.state = ConnectionState(timeouts: timeouts, now: .now())
        self.head = head
        self.refused = refused
        self.stalled = stalled
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        arm()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm.cancel()
        self.context = nil
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            state.headArrived(keepsAlive: true)
            if self.head.allow(head) { pendingHead = head } else { refuse(head, context) }
        case .body:
            handOnHead(context, hasBody: true)
            state.bodyArrived()
            if !isRefused { context.fireChannelRead(data) }
        case .end:
            handOnHead(context, hasBody: false)
            state.requestEnded()
            if !isRefused { context.fireChannelRead(data) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOnHead(context, hasBody: true)
        state.bytesArrived(.now())
        arm()
        context.fireChannelReadComplete()
    }

    /// Hands the head on with what RFC 9112 §6.3 wants to know of the body's length.
    private func handOnHead(_ context: ChannelHandlerContext, hasBody: Bool) {
        guard var head = pendingHead else { return }
        pendingHead = nil
        // A client may not send it (RFC 9113 §8.2.2), so that this is ours.
        if hasBody, !head.headerFields.contains(.contentLength) { head.headerFields[.transferEncoding] = "chunked" }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Answers in place of the framework, which has not seen a request.
    private func refuse(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        isRefused = true
        let connection = ConnectionHandle(channel: context.channel, isStream: true)
        let reply = refused(RefusedHead(error: HeadLimits.refusal, connection: connection, head: request))
        var head = HTTPResponse(status: .init(code: reply.status))
        for field in reply.headers { head.headerFields.append(field) }
        var body = ByteBuffer()
        if case .buffer(let bytes) = reply.body { body = bytes }
        head.headerFields[.contentLength] = String(body.readableBytes)
        write(context: context, data: NIOAny(HTTPResponsePart.head(head)), promise: nil)
        write(context: context, data: NIOAny(HTTPResponsePart.body(body)), promise: nil)
        write(context: context, data: NIOAny(HTTPResponsePart.end(nil)), promise: nil)
        context.flush()
    }

    func read(context: ChannelHandlerContext) {
        state.readRequested(.now())
        arm()
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm.cancel()
        context.fireChannelInactive()
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            // The connection is for GOAWAY to end, and of no concern to a stream.
            head.headerFields[.connection] = nil
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            _ = state.replyEnded(.now())
            isAnswered = true
            // The rest of the body is of no use any more. The framework throws it away for a while, since some clients lose
            // an answer that a reset follows closely.
            if state.isReceivingBody { state.linger(.now()) }
            context.write(data, promise: promise)
            arm()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(context.channel.isWritable, .now())
        arm()
        context.fireChannelWritabilityChanged()
    }

    // MARK: Time

    private func arm() {
        guard let context else { return }
        alarm.set(state.deadline, on: context.eventLoop) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        alarm.fired()
        guard let context else { return }
        switch state.expire(.now()) {
        case .none: break
        case .slowReader:
            stalled(context.channel)
            context.close(promise: nil)
        case .close where isAnswered && state.isReceivingBody:
            // The client may keep the answer, and is told to send no more (RFC 9113 §8.1).
            context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: .noError), promise: nil)
        case .close, .slowHead: context.close(promise: nil)
        case .slowBody: context.fireErrorCaught(SlowBodyError())
        }
        arm()
    }
}

extension StreamGuard: RequestGuard {
    var isReceivingBody: Bool { state.isReceivingBody }

    func sendContinue() {
        guard let context, !isAnswered else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func send(_ piece: ByteBuffer, promise: EventLoopPromise<Void>) {
        guard let context else { return promise.fail(ChannelError.ioOnClosedChannel) }
        state.writabilityChanged(false, .now())
        arm()
        promise.futureResult.assumeIsolated().whenComplete { _ in self.state.writabilityChanged(true, .now()) }
        context.writeAndFlush(wrapOutboundOut(.body(piece)), promise: promise)
    }

    func write(_ slice: ByteBuffer, promise: EventLoopPromise<Void>) {
        guard let context else { return promise.fail(ChannelError.ioOnClosedChannel) }
        context.write(wrapOutboundOut(.body(slice)), promise: promise)
    }

    /// Frames of many requests share it.
    var socket: CInt? { nil }

    /// It was for the connection's other streams, and is for those to come.
    func fitSendBuffer() {
        let pipeline = context?.channel.parent?.pipeline.syncOperations
        try? pipeline?.withUnsafeTransportIfAvailable(of: CInt.self) { SendBuffer.fit($0) }
    }

    /// The handshake was the connection's, on the same event loop.
    var certificateName: String? {
        try? context?.channel.parent?.pipeline.syncOperations.handler(type: HandshakeHandler.self).certificateName
    }
}
