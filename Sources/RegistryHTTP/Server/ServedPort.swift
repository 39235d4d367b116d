//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import NIOCore
import RegistryModel

/// What is served at an address, and how its connections are treated.
struct ServedPort: Sendable {
    typealias Responder = @Sendable (Request, consuming ResponseWriter, ConnectionHandle) async throws -> Void

    let connections: OpenConnections
    /// Told when the server goes down; nil where connections are taken until its end.
    let drain: Drain?
    let responder: Responder
    var timeouts: @Sendable () -> ConnectionTimeouts = { .scrapes }
    /// What a request's head may take.
    var head = HeadLimits(totalBytes: RequestLimits().headBytes)
    /// Tells of requests that were refused before there was a request.
    var refused: @Sendable (RegistryError, any Channel) -> Reply = { error, _ in ErrorEnvelope.reply(error) }
    /// Told of clients that are cut off because they take nothing.
    var stalled: @Sendable (any Channel) -> Void = { _ in }
    /// Told of connections that end because a head has no end.
    var flooded: @Sendable (any Channel) -> Void = { _ in }
    /// Nil for connections in clear.
    var encryption: EncryptedSetup?
    var choice = NegotiatedChannel.Choice.http1

    init(connections: OpenConnections, drain: Drain? = nil, responder: @escaping Responder) {
        self.connections = connections
        self.drain = drain
        self.responder = responder
    }

    /// How long somebody who has connected may take to begin a request, when the socket is handed over to a next run.
    private static let grace = TimeAmount.seconds(2)

    /// What serves a connection.
    /// - Parameter isHandedOver: whether the socket is there before and after the server.
    func channel(isHandedOver: Bool) -> NegotiatedChannel {
        let http2 = HTTP2Channel(
            stream: HTTP1Channel { [responder] request, writer, stream in
                try await responder(request, writer, ConnectionHandle(channel: stream, isStream: true))
            },
            timeouts: timeouts,
            refused: refused,
            stalled: stalled,
            flooded: flooded,
            head: head
        )
        let http1 = http1(grace: isHandedOver && drain != nil ? Self.grace : nil)
        return NegotiatedChannel(http1: http1, http2: http2, choice: choice, timeouts: timeouts)
    }

    private func http1(grace: TimeAmount?) -> HTTP1Channel {
        HTTP1Channel(
            responder: { [responder] request, writer, channel in
                try await responder(request, writer, ConnectionHandle(channel: channel))
            },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    ConnectionSetup { [self] in
                        ConnectionGuard(
                            timeouts: timeouts(),
                            isEncrypted: encryption != nil,
                            grace: grace,
                            refused: refused,
                            stalled: stalled
                        )
                    }
                ],
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: head.fieldBytes,
                    maxHeaderListSize: head.totalBytes,
                    maxHeaderFieldCount: HeadLimits.fields
                )
            )
        )
    }
}
