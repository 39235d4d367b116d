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
    typealias Responder = @Sendable (Request, consuming ReplyWriter, ConnectionHandle) async throws -> Void

    let connections: OpenConnections
    /// Told when the server goes down; nil where connections are taken until its end.
    let drain: Drain?
    let responder: Responder
    var timeouts: @Sendable () -> ConnectionTimeouts = { .scrapes }
    /// What a request's head may take.
    var head = HeadLimits(totalBytes: RequestLimits().headBytes)
    /// Tells of requests that were refused before there was a request.
    var refused: RefusedHead.Teller = { ErrorEnvelope.reply($0.error) }
    /// Told of clients that are cut off because they take nothing.
    var stalled: @Sendable (any Channel) -> Void = { _ in }
    /// Told of connections that cannot be accepted.
    var unaccepted: AcceptFailures.Tell = { _, _ in }
    /// Nil for connections in clear.
    var encryption: EncryptedSetup?
    var choice = NegotiatedChannel.Choice.http1
    /// Whether requests without a body begin on their event loop; only where nothing that takes long comes before the first
    /// wait, and where the drain waits for what has begun.
    var beginsOnLoop = false

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
                try await responder(request, .framework(writer), ConnectionHandle(channel: stream, isStream: true))
            },
            timeouts: timeouts,
            refused: refused,
            stalled: stalled,
            head: head,
            entrance: entrance(isStream: true)
        )
        let http1 = http1(grace: isHandedOver && drain != nil ? Self.grace : nil)
        return NegotiatedChannel(http1: http1, http2: http2, choice: choice, timeouts: timeouts)
    }

    /// Makes the entrance of a connection, or of a stream of HTTP/2; nil where all requests go to the framework.
    private func entrance(isStream: Bool) -> (@Sendable () -> RequestEntrance)? {
        guard beginsOnLoop else { return nil }
        return { [responder] in RequestEntrance(isStream: isStream, respond: responder) }
    }

    private func http1(grace: TimeAmount?) -> HTTP1Channel {
        HTTP1Channel(
            responder: { [responder] request, writer, channel in
                try await responder(request, .framework(writer), ConnectionHandle(channel: channel))
            },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: handlers(grace),
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: head.fieldBytes,
                    maxHeaderListSize: head.totalBytes,
                    maxHeaderFieldCount: HeadLimits.fields
                )
            )
        )
    }

    private func handlers(_ grace: TimeAmount?) -> [any RemovableChannelHandler] {
        let setup = ConnectionSetup {
            ConnectionGuard(
                timeouts: timeouts(),
                isEncrypted: encryption != nil,
                grace: grace,
                refused: refused,
                stalled: stalled
            )
        }
        return [setup] + (entrance(isStream: false).map { [$0()] } ?? [])
    }
}
