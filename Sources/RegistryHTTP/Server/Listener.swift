//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import HummingbirdCore
package import Logging
package import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
package import ServiceLifecycle

/// A listening socket and what answers on it.
package struct Listener: Sendable {
    /// Where to listen.
    package enum Address: Sendable {
        /// A name or an address, and a port; port 0 takes a free one.
        case tcp(host: String, port: Int)
        /// The path of a Unix socket; one that is left over is replaced, and it goes when the server does.
        case unix(path: String)
        /// A descriptor that listens already; whoever opened it keeps a copy.
        case inherited(Int32)
    }

    private let address: Address
    private let eventLoops: any EventLoopGroup
    private let logger: Logger
    /// Told the address once connections are accepted.
    private let ready: @Sendable (SocketAddress?) -> Void

    package init(
        _ address: Address,
        eventLoops: any EventLoopGroup,
        logger: Logger,
        ready: @escaping @Sendable (SocketAddress?) -> Void
    ) {
        self.address = address
        self.eventLoops = eventLoops
        self.logger = logger
        self.ready = ready
    }

    /// What a request's head may take.
    /// - Parameter bytes: of the whole; one field may have two thirds of it.
    private static func decoderLimits(_ bytes: Int) -> HTTP1Channel.Configuration.DecoderConfiguration {
        HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: bytes / 3 * 2,
            maxHeaderListSize: bytes,
            maxHeaderFieldCount: 200
        )
    }

    /// How long somebody who has connected may take to begin a request, when the socket is handed over to a next run.
    private static let grace = TimeAmount.seconds(2)

    /// The registry's API.
    package func registry(
        _ registry: LiveRegistry,
        _ connections: OpenConnections
    ) throws -> any Service {
        let first = registry.version
        let encryption = registry.encryption.map { encryption in
            EncryptedSetup(
                encryption,
                timeout: { registry.version.timeouts.header },
                first.services.context.instruments
            )
        }
        let limits = first.services.limits
        return try service(
            { registry.version.timeouts },
            connections,
            encryption,
            first.services.drain,
            headBytes: limits.settings.headBytes,
            refused: { registry.version.handler.refuse($0, on: $1) },
            stalled: { limits.note(.sendTime, ConnectionHandle(channel: $0).peer) }
        ) {
            request,
            writer,
            channel in
            try await registry.version.handler.respond(request, writer, channel)
        }
    }

    /// What `plimsoll ctl` asks.
    package func control(_ handler: ControlHandler) throws -> any Service {
        try service(
            { .scrapes },
            OpenConnections(),
            nil,
            nil,
            headBytes: RequestLimits().headBytes,
            refused: { error, _ in ErrorEnvelope.reply(error) },
            stalled: { _ in }
        ) {
            request,
            writer,
            channel in
            try await handler.respond(request, writer, channel)
        }
    }

    /// Health and metrics.
    package func side(
        _ handler: SideHandler,
        _ connections: OpenConnections,
        timeouts: ConnectionTimeouts = .scrapes
    ) throws -> any Service {
        try service(
            { timeouts },
            connections,
            nil,
            nil,
            headBytes: RequestLimits().headBytes,
            refused: { error, _ in ErrorEnvelope.reply(error) },
            stalled: { _ in }
        ) {
            request,
            writer,
            channel in
            try await handler.respond(request, writer, channel)
        }
    }

    private func service(
        _ timeouts: @escaping @Sendable () -> ConnectionTimeouts,
        _ connections: OpenConnections,
        _ encryption: EncryptedSetup?,
        _ drain: Drain?,
        headBytes: Int,
        refused: @escaping @Sendable (RegistryError, any Channel) -> Reply,
        stalled: @escaping @Sendable (any Channel) -> Void,
        responder: @escaping HTTPChannelHandler.Responder
    ) throws -> any Service {
        let grace: TimeAmount? = if case .inherited = address, drain != nil { Self.grace } else { nil }
        let child = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    ConnectionSetup {
                        ConnectionGuard(
                            timeouts: timeouts(),
                            connections: connections,
                            isEncrypted: encryption != nil,
                            grace: grace,
                            refused: refused,
                            stalled: stalled
                        )
                    }
                ],
                httpDecoderConfiguration: Self.decoderLimits(headBytes)
            )
        )
        let server = ConnectionServer(
            address: address,
            child: child,
            encryption: encryption,
            eventLoops: eventLoops,
            logger: logger,
            drain: drain,
            ready: ready
        )
        return AddressedService(service: server, address: address)
    }
}

/// Adds to the failure of a server which address it is about: an operator has two, and the system names neither.
private struct AddressedService: Service {
    let service: any Service
    let address: Listener.Address

    func run() async throws {
        do {
            try await service.run()
        } catch let error as IOError {
            throw ListenFailure(address: address, cause: String(cString: strerror(error.errnoCode)))
        }
    }
}

/// An address that cannot be listened to.
package struct ListenFailure: Error, CustomStringConvertible {
    let address: Listener.Address
    let cause: String

    package var description: String {
        switch address {
        case .tcp(let host, let port):
            "cannot listen on \(host.contains(":") ? "[\(host)]" : host):\(port): \(cause)"
        case .unix(let path):
            "cannot listen on \(path): \(cause)"
        case .inherited(let socket):
            "cannot listen on the inherited socket \(socket): \(cause)"
        }
    }
}
