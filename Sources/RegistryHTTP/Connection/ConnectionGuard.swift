//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import NIOCore
import NIOHTTP1
import RegistryModel

/// Sits between the HTTP/1 codec and the framework, and does what the framework leaves open: time limits, the end of
/// connections by HTTP/1.0 and `Connection: close`, answers to what is not HTTP, closing without losing the answer, and
/// sending from a file.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var state: ConnectionState
    private var alarm = Alarm()
    private(set) var context: ChannelHandlerContext?
    /// Tells of requests that were refused before there was a request.
    private let refused: RefusedHead.Teller
    /// Told of a client that was cut off because it takes nothing in.
    private let stalled: @Sendable (any Channel) -> Void
    /// Whether what goes to the socket is not what the channel is given.
    private let isEncrypted: Bool
    /// How long a request that is on its way is waited for when the connection is to end; nil for not at all.
    private let grace: TimeAmount?
    /// The connection is to end, after the request that is on its way.
    private var isAwaitingLastRequest = false
    /// Whether the last request is one of HTTP/1.0.
    private var isOldClient = false
    /// What followed the requests being answered was none; told after their answers.
    private var pendingRefusal: RegistryError?

    init(
        timeouts: ConnectionTimeouts,
        isEncrypted: Bool,
        grace: TimeAmount?,
        refused: @escaping RefusedHead.Teller,
        stalled: @escaping @Sendable (any Channel) -> Void
    ) {
        self.state = ConnectionState(timeouts: timeouts, now: .now())
        self.isEncrypted = isEncrypted
        self.grace = grace
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
        guard !state.isLingering else { return }
        switch unwrapInboundIn(data) {
        case _ where !state.takesRequests && !state.isReceivingBody:
            // Behind a request that ends the connection there is none: it would be done and never answered.
            return
        case .head(let head):
            isOldClient = head.version != .http1_1
            state.headArrived(keepsAlive: Self.keepsAlive(head) && !isAwaitingLastRequest)
            isAwaitingLastRequest = false
        case .body:
            state.bodyArrived()
        case .end:
            state.requestEnded()
        }
        context.fireChannelRead(data)
    }

    private static func keepsAlive(_ head: HTTPRequestHead) -> Bool {
        // What follows such a request is no longer parsed, whether or not it is granted what it asks for.
        guard head.method != .CONNECT, !head.headers.contains(name: "Upgrade") else { return false }
        guard head.isKeepAlive else { return false }
        // Of HTTP/1.0 the parser takes `keep-alive` as an answer even where `close` stands beside it.
        return head.version == .http1_1
            || !head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "close" }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        state.bytesArrived(.now())
        arm()
        context.fireChannelReadComplete()
        // What is thrown away must be asked for by somebody.
        if state.isLingering { context.read() }
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

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed, state.isLingering {
            context.close(promise: nil)
            return
        }
        if event is ChannelShouldQuiesceEvent {
            quiesce(context)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !state.isLingering else { return }
        guard let error = error as? HTTPParserError, !state.isReceivingBody else {
            context.fireErrorCaught(error)
            return
        }
        if state.outstanding == 0 { refuse(Self.explain(error)) } else { pendingRefusal = Self.explain(error) }
    }

    private static func explain(_ error: HTTPParserError) -> RegistryError {
        if error == .headerOverflow {
            return HeadLimits.refusal
        }
        return RegistryError(.requestInvalid, detail: "not an HTTP/1.1 request", cause: "\(error)")
    }

    /// Answers in place of the framework, which has not seen a request, and closes.
    private func refuse(_ error: RegistryError) {
        guard let context else { return }
        let connection = ConnectionHandle(channel: context.channel)
        let reply = refused(RefusedHead(error: error, connection: connection, age: state.headAge(.now())))
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status))
        for field in reply.headers { head.headers.add(name: field.name.rawName, value: field.value) }
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        var body = ByteBuffer()
        if case .buffer(let bytes) = reply.body { body = bytes }
        head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        linger()
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            if head.headers[canonicalForm: "connection"].contains("close") {
                state.closeAfterReply()
            } else if state.closesAfterReply {
                head.headers.add(name: "Connection", value: "close")
                context.write(wrapOutboundOut(.head(head)), promise: promise)
                return
            } else if isOldClient {
                // Such a client takes the connection for ended unless it is told.
                head.headers.add(name: "Connection", value: "keep-alive")
                context.write(wrapOutboundOut(.head(head)), promise: promise)
                return
            }
            context.write(data, promise: promise)
        case .end:
            guard state.replyEnded(.now()) == .linger else {
                context.write(data, promise: promise)
                if state.outstanding == 0, let pendingRefusal { refuse(pendingRefusal) } else { arm() }
                return
            }
            context.writeAndFlush(data, promise: promise)
            linger()
        case .head, .body:
            context.write(data, promise: promise)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(context.channel.isWritable, .now())
        arm()
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            // The framework is done with the connection and waits for the client to go; not for ever.
            state.linger(.now())
            arm()
        }
        context.close(mode: mode, promise: promise)
    }

    /// Ends the sending half and throws away what still comes, so that the answer is not lost to a reset.
    private func linger() {
        guard let context else { return }
        state.linger(.now())
        arm()
        context.close(mode: .output, promise: nil)
        context.read()
    }

    // MARK: Going down

    /// Ends the connection after what is being answered and what is on its way; if there is neither, at once.
    private func quiesce(_ context: ChannelHandlerContext) {
        guard !isAwaitingLastRequest else { return }
        if let grace, state.expectsRequest {
            isAwaitingLastRequest = true
            context.eventLoop.assumeIsolated().scheduleTask(in: grace) {
                if self.isAwaitingLastRequest { self.context?.close(promise: nil) }
            }
            return
        }
        state.closeAfterReplies()
        // The framework would close behind the last answer at once, which may come before the end of a body.
        guard state.outstanding == 0 || !state.isReceivingBody else { return }
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    // MARK: Time

    private func arm() {
        guard let context else { return }
        alarm.set(state.deadline, on: context.eventLoop) { self.timerFired() }
    }

    private func timerFired() {
        alarm.fired()
        guard let context else { return }
        switch state.expire(.now()) {
        case .none: break
        case .close: context.close(promise: nil)
        case .slowReader:
            stalled(context.channel)
            context.close(promise: nil)
        case .slowHead:
            refuse(RegistryError(.requestInvalid, status: 408, detail: "the head of the request took too long"))
        case .slowBody: context.fireErrorCaught(SlowBodyError())
        }
        arm()
    }
}

/// A client that does not send the body it promised.
struct SlowBodyError: Error {}

extension ConnectionGuard: RequestGuard {
    var isReceivingBody: Bool { state.isReceivingBody }

    /// RFC 9110 §10.1.1; HTTP/1.0 has no such answer.
    func sendContinue() {
        guard let context, !isOldClient else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    func send(_ piece: ByteBuffer, promise: EventLoopPromise<Void>) {
        guard let context else {
            promise.fail(ChannelError.ioOnClosedChannel)
            return
        }
        // A piece may be too small to make the channel unwritable, and still nobody takes it.
        state.writabilityChanged(false, .now())
        arm()
        promise.futureResult.assumeIsolated().whenComplete { _ in self.state.writabilityChanged(true, .now()) }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: promise)
    }

    func write(_ slice: ByteBuffer, promise: EventLoopPromise<Void>) {
        guard let context else { return promise.fail(ChannelError.ioOnClosedChannel) }
        context.write(wrapOutboundOut(.body(.byteBuffer(slice))), promise: promise)
    }

    /// None where what the channel sends is encrypted.
    var socket: CInt? {
        guard !isEncrypted else { return nil }
        return try? context?.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { $0 }
    }

    func fitSendBuffer() {
        try? context?.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            SendBuffer.fit($0)
        }
    }

    var certificateName: String? {
        guard isEncrypted else { return nil }
        return try? context?.pipeline.syncOperations.handler(type: HandshakeHandler.self).certificateName
    }
}
