//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOTLS

/// A connection of HTTP/1 or of HTTP/2, whichever its client wants.
struct NegotiatedChannel: ServerChildChannel {
    enum Connection: Sendable {
        case http1(HTTP1Channel.Value)
        case http2(HTTP2Channel.Value)
    }

    struct Value: ServerChildChannelValue {
        fileprivate let connection: EventLoopFuture<Connection>
        let channel: any Channel
    }

    /// How a client says what it speaks.
    enum Choice {
        /// It has none.
        case http1
        /// By ALPN in the handshake of TLS (RFC 7301).
        case handshake
        /// By the bytes it begins with: HTTP/2 with prior knowledge (RFC 9113 §3.3).
        case preface
    }

    let http1: HTTP1Channel
    let http2: HTTP2Channel
    let choice: Choice
    let timeouts: @Sendable () -> ConnectionTimeouts

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        switch choice {
        case .http1:
            return http1.setup(channel: channel, logger: logger).map { connection in
                Value(connection: channel.eventLoop.makeSucceededFuture(.http1(connection)), channel: channel)
            }
        case .handshake:
            return negotiate(on: channel) {
                let handler = NIOTypedApplicationProtocolNegotiationHandler<Connection> { result, channel in
                    setUp(channel, isHTTP2: result == .negotiated("h2"), logger)
                }
                return (handler, { handler.protocolNegotiationResult })
            }
        case .preface:
            return negotiate(on: channel) {
                let handler = PrefaceHandler<Connection>(timeout: timeouts().idle, on: channel.eventLoop) { isHTTP2 in
                    setUp(channel, isHTTP2: isHTTP2, logger)
                }
                return (handler, { handler.result })
            }
        }
    }

    private func negotiate(
        on channel: any Channel,
        _ make: () -> (any ChannelHandler, () -> EventLoopFuture<Connection>)
    ) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let (handler, result) = make()
            try channel.pipeline.syncOperations.addHandler(handler)
            return Value(connection: result(), channel: channel)
        }
    }

    private func setUp(_ channel: any Channel, isHTTP2: Bool, _ logger: Logger) -> EventLoopFuture<Connection> {
        isHTTP2
            ? http2.setup(channel: channel, logger: logger).map { .http2($0) }
            : http1.setup(channel: channel, logger: logger).map { .http1($0) }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.connection.get() {
            case .http1(let connection): await http1.handle(value: connection, logger: logger)
            case .http2(let connection): await http2.handle(value: connection, logger: logger)
            }
        } catch {
            // The client left before it had said what it speaks, or the handshake failed, which is counted where it is.
            logger.trace("no protocol was agreed on", metadata: ["cause": "\(error)"])
        }
    }
}
