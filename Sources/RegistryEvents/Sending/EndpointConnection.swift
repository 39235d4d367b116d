//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import RegistryCalls

/// A connection to an endpoint, with one request at a time; used on its event loop.
///
/// Of an answer it keeps what counts. A little of the rest is read too, so that the connection can be used again; nobody looks
/// at it.
final class EndpointConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// What holds it while it is idle.
    private weak var pool: EndpointConnections?
    private var context: ChannelHandlerContext?
    private var call: EndpointCall?
    private var idleSince = NIODeadline.now()
    /// Of an answer's body, in bytes.
    private var count = 0
    private var isKept = false
    /// The one timer, for the deadline of a request and for the end of idleness: it is set anew when it is over, or too late.
    private var alarm: (time: NIODeadline, timer: Scheduled<Void>)?

    /// Of an answer's body, in bytes.
    static let longestBody = 64 << 10
    static let longestIdleness = TimeAmount.seconds(60)

    init(_ pool: EndpointConnections) { self.pool = pool }

    /// Whether it can take a request.
    var isUsable: Bool { call == nil && context?.channel.isActive == true }

    func send(_ call: EndpointCall) {
        guard let context else { return call.finish("the connection is closed") }
        self.call = call
        (count, isKept) = (0, false)
        context.write(wrapOutboundOut(.head(call.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(call.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        watch(until: call.deadline)
    }

    /// Ends it, and the request that is under way.
    func close(_ cause: String) {
        finish(cause)
        context?.close(promise: nil)
    }

    // MARK: What comes

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        watch(until: .now() + Self.longestIdleness)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Nobody has asked.
            guard let call else { return close("") }
            call.answer = EndpointAnswer(
                status: Int(head.status.code),
                retryAfter: head.headers.first(name: "Retry-After"),
                location: head.headers.first(name: "Location")
            )
            isKept = head.isKeepAlive
        case .body(let part):
            count += part.readableBytes
            if count > Self.longestBody { close("") }
        case .end:
            guard call != nil, isKept else { return close("") }
            idleSince = .now()
            finish("")
            pool?.keep(self)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close(CallFailure.words(for: error)) }

    func channelInactive(context: ChannelHandlerContext) {
        finish("the endpoint has closed the connection")
        alarm?.timer.cancel()
        alarm = nil
        pool?.forget(self)
        context.fireChannelInactive()
    }

    private func finish(_ cause: @autoclosure () -> String) {
        guard let call else { return }
        self.call = nil
        call.finish(cause())
    }

    // MARK: Time

    private func watch(until time: NIODeadline) {
        guard let context else { return }
        if let alarm {
            guard time < alarm.time else { return }
            alarm.timer.cancel()
        }
        alarm = (time, context.eventLoop.scheduleTask(deadline: time) { [weak self] in self?.ring() })
    }

    private func ring() {
        alarm = nil
        let time = call?.deadline ?? idleSince + Self.longestIdleness
        guard time <= .now() else { return watch(until: time) }
        close("no answer in time")
    }
}
