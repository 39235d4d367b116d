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

    /// The registry's API.
    package func registry(_ registry: LiveRegistry, _ connections: OpenConnections) -> any Service {
        let first = registry.version
        let limits = first.services.limits
        var port = ServedPort(connections: connections, drain: first.services.drain) { request, writer, connection in
            try await registry.version.handler.respond(request, writer, connection)
        }
        port.beginsOnLoop = true
        port.timeouts = { registry.version.timeouts }
        port.head = HeadLimits(totalBytes: limits.settings.headBytes)
        port.refused = { registry.version.handler.refuse($0) }
        port.stalled = { limits.note(.sendTime, ConnectionHandle(channel: $0).peer) }
        port.unaccepted = { [observer = first.services.context.observer] in
            observer.note(ServerEvent(.acceptFailed, [.init(.cause, .text($0)), .init(.suppressed, .number($1))]))
        }
        if let encryption = registry.encryption {
            port.encryption = EncryptedSetup(
                encryption,
                timeout: { registry.version.timeouts.header },
                first.services.context.instruments
            )
            port.choice = .handshake
        } else if registry.takesPlainHTTP2 {
            port.choice = .preface
        }
        return service(port)
    }

    /// What `plimsoll ctl` asks.
    package func control(_ handler: ControlHandler) -> any Service {
        service(ServedPort(connections: OpenConnections()) { try await handler.respond($0, $1, $2) })
    }

    /// Health and metrics.
    package func side(
        _ handler: SideHandler,
        _ connections: OpenConnections,
        timeouts: ConnectionTimeouts = .scrapes
    ) -> any Service {
        var port = ServedPort(connections: connections) { try await handler.respond($0, $1, $2) }
        port.timeouts = { timeouts }
        return service(port)
    }

    private func service(_ port: ServedPort) -> any Service {
        let isInherited = if case .inherited = address { true } else { false }
        let server = ConnectionServer(
            address: address,
            child: port.channel(isHandedOver: isInherited),
            encryption: port.encryption,
            connections: port.connections,
            eventLoops: eventLoops,
            logger: logger,
            drain: port.drain,
            failed: port.unaccepted,
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
