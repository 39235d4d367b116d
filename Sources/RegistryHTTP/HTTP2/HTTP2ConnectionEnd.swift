//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP2
import RegistryModel

/// Ends a connection of HTTP/2 where the library, which only says that it should end, does not.
///
/// It stands in front of the library's manager, whose GOAWAY it sees; used on the connection's event loop.
final class HTTP2ConnectionEnd: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame
    typealias OutboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let grace: TimeAmount
    private let refused: RefusedHead.Teller
    private var openStreams = 0
    /// Time is up for clients that do not go by themselves.
    private var isOverdue = false
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    /// - Parameters:
    ///   - grace: for a client without a request under way to go after it was told to.
    ///   - refused: tells of a connection that ends because of a head, or of what is no HTTP/2.
    init(grace: TimeAmount, refused: @escaping RefusedHead.Teller) {
        self.grace = grace
        self.refused = refused
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    /// From the first GOAWAY on, whatever it is for, the client has its grace.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if timer == nil, case .goAway = unwrapOutboundIn(data).payload {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: grace) { self.graceEnded() }
        }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            // Nothing comes any more, not even the windows that answers need.
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// The client was told by GOAWAY; what it does now counts no more (RFC 9113 §5.4.1).
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if context.channel.isActive, let refusal = Self.refusal(error) {
            let connection = ConnectionHandle(channel: context.channel, isStream: true)
            _ = refused(RefusedHead(error: refusal, connection: connection, isAnswered: false))
        }
        context.close(promise: nil)
    }

    /// What is told of a connection, as of one of HTTP/1 that sends the like; nil for what is no matter of a head.
    private static func refusal(_ error: any Error) -> RegistryError? {
        switch error {
        case is NIOHTTP2Errors.ExcessiveContinuationFrames, is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock:
            return HeadLimits.refusal
        case is NIOHTTP2Errors.BadClientMagic, is NIOHTTP2Errors.UnableToParseFrame,
            is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader, is NIOHTTP2Errors.InvalidPseudoHeaders,
            is NIOHTTP2Errors.InvalidPseudoHeaderValue, is NIOHTTP2Errors.UnknownPseudoHeader,
            is NIOHTTP2Errors.UnsupportedPseudoHeader, is NIOHTTP2Errors.DuplicatePseudoHeader,
            is NIOHTTP2Errors.EmptyPathHeader, is NIOHTTP2Errors.ForbiddenHeaderField,
            is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue:
            // The name of the error alone: what it says may hold what a header does.
            return RegistryError(
                .requestInvalid,
                detail: "not a request of HTTP/2, or a head that unpacks to more than it may have",
                cause: "\(type(of: error))"
            )
        default: return nil
        }
    }

    fileprivate func streamCreated() { openStreams += 1 }

    fileprivate func streamClosed() {
        openStreams -= 1
        closeIfDone()
    }

    private func graceEnded() {
        isOverdue = true
        closeIfDone()
    }

    private func closeIfDone() {
        if isOverdue, openStreams == 0 { context?.close(promise: nil) }
    }
}

/// Tells the library's manager of a connection, and what ends it, of its streams.
struct HTTP2StreamCounts: NIOHTTP2StreamDelegate {
    /// Comes before the first stream does.
    let manager: NIOLoopBoundBox<NIOHTTP2ServerConnectionManagementHandler.HTTP2StreamDelegate?>
    private let end: NIOLoopBound<HTTP2ConnectionEnd>

    init(end: HTTP2ConnectionEnd, eventLoop: any EventLoop) {
        self.manager = NIOLoopBoundBox(nil, eventLoop: eventLoop)
        self.end = NIOLoopBound(end, eventLoop: eventLoop)
    }

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
        manager.value?.streamCreated(id, channel: channel)
        end.value.streamCreated()
    }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        manager.value?.streamClosed(id, channel: channel)
        end.value.streamClosed()
    }
}
