//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2
import RegistryModel

/// A connection of HTTP/2 (RFC 9113): each of its streams is served as a connection of HTTP/1 with one request is.
struct HTTP2Channel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        fileprivate let streams: NIOHTTP2Handler.AsyncStreamMultiplexer<HTTP1Channel.Value>
        let channel: any Channel
    }

    /// Serves a stream.
    let stream: HTTP1Channel
    let timeouts: @Sendable () -> ConnectionTimeouts
    /// Tells of requests that were refused before there was a request.
    let refused: RefusedHead.Teller
    /// Told of clients that are cut off because they take nothing.
    let stalled: @Sendable (any Channel) -> Void
    /// What a request's head may take.
    let head: HeadLimits
    /// Makes what requests without a body are begun by; nil where all go to the framework.
    let entrance: (@Sendable () -> RequestEntrance)?

    private static let maximumStreams = 100
    /// What a client may send ahead of what was asked for, on one stream and on all of a connection's.
    private static let streamWindow = 256 << 10
    private static let connectionWindow = 1 << 20

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            ReceiveBuffers.enlarge(channel)
            let end = HTTP2ConnectionEnd(grace: timeouts().linger, refused: refused)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(EarlySettings())
            let counts = HTTP2StreamCounts(end: end, eventLoop: channel.eventLoop)
            let streams = try pipeline.configureAsyncHTTP2Pipeline(
                mode: .server,
                streamDelegate: counts,
                configuration: configuration
            ) { setUp($0) }
            try pipeline.addHandler(end)
            // To write the settings may have ended the connection. The manager holds itself until it is told of that, and
            // nobody would tell one that comes too late.
            guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
            let manager = NIOHTTP2ServerConnectionManagementHandler(
                eventLoop: channel.eventLoop,
                configuration: .init(maxIdleTime: timeouts().idle, maxAge: nil, maxGraceTime: nil, keepalive: nil)
            )
            try pipeline.addHandler(manager)
            counts.manager.value = manager.http2StreamDelegate
            // The connection became active before it was known what is spoken on it; the manager counts idleness from here.
            try pipeline.context(handlerType: NIOHTTP2Handler.self).fireChannelActive()
            return Value(streams: streams, channel: channel)
        }
    }

    private var configuration: NIOHTTP2Handler.Configuration {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Self.maximumStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: head.listBytes),
        ]
        connection.maximumSequentialContinuationFrames = head.continuations
        connection.targetWindowSize = Self.connectionWindow
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = Self.streamWindow
        return NIOHTTP2Handler.Configuration(connection: connection, stream: stream)
    }

    private func setUp(_ stream: any Channel) -> EventLoopFuture<HTTP1Channel.Value> {
        stream.eventLoop.makeCompletedFuture {
            let pipeline = stream.pipeline.syncOperations
            try pipeline.addHandler(HTTP2FramePayloadToHTTPServerCodec())
            try pipeline.addHandler(StreamGuard(timeouts: timeouts(), head: head, refused: refused, stalled: stalled))
            if let entrance { try pipeline.addHandler(entrance()) }
            return try HTTP1Channel.Value(wrappingChannelSynchronously: stream)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withDiscardingTaskGroup { group in
            do {
                for try await request in value.streams.inbound {
                    group.addTask { await stream.handle(value: request, logger: logger) }
                }
            } catch {
                logger.debug("a connection of HTTP/2 failed", metadata: ["cause": "\(error)"])
            }
        }
    }
}
