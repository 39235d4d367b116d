//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Accepts connections on one address, and hands them to the framework.
///
/// The framework's own server can take no socket that is open already, and it closes its socket while connections are
/// being accepted, which ends the process: a restart under load would look like a crash.
struct ConnectionServer<Child: ServerChildChannel>: Service {
    let address: Listener.Address
    let child: Child
    /// Nil for connections in clear.
    let encryption: EncryptedSetup?
    /// Those of all addresses at which the same is served, from the moment they are accepted.
    let connections: OpenConnections
    let eventLoops: any EventLoopGroup
    let logger: Logger
    /// At whose beginning an inherited socket is let alone; nil for a server that accepts connections until its end.
    ///
    /// Whoever connects after that waits in the socket's queue for the next run, instead of being refused. Whoever has
    /// connected is served, once; connections at rest are closed.
    let drain: Drain?
    /// Told of connections that cannot be accepted.
    let failed: AcceptFailures.Tell
    /// Told the address once connections are accepted.
    let ready: @Sendable (SocketAddress?) -> Void

    private typealias Listening = NIOAsyncChannel<Child.Value, Never>

    /// Connections that wait to be accepted.
    private static var backlog: Int32 { 1024 }

    func run() async throws {
        let own = OpenConnections()
        let gate = AcceptGate()
        // Left where it is until nobody is being accepted any more.
        let file = try socketFile()
        defer { file?.remove() }
        let listening = try await bind(file, gate, own)
        if case .inherited = address {
            drain?.handOver {
                gate.close(listening.channel)
                own.quiesce()
            }
        }
        ready(listening.channel.localAddress)
        let accepted = listening.channel.eventLoop.makePromise(of: Void.self)
        // A task of its own, which is cancelled once nobody is being accepted any more and not before: a connection that
        // is accepted and then dropped, because nobody takes it from the stream, ends the process.
        let serving = Task { await serve(listening, accepted) }
        // Ends too when this task is cancelled, as when another part of the server cannot begin.
        try? await gracefulShutdown()
        gate.close(listening.channel)
        await settle(listening.channel)
        own.quiesce()
        listening.channel.close(promise: nil)
        try? await accepted.futureResult.get()
        await withTaskCancellationHandler {
            await serving.value
        } onCancel: {
            serving.cancel()
        }
    }

    private func socketFile() throws(ListenFailure) -> UnixSocketFile? {
        guard case .unix(let path) = address else { return nil }
        do throws(UnixSocketFailure) {
            return try UnixSocketFile(listeningAt: path, backlog: Self.backlog)
        } catch {
            throw ListenFailure(address: address, cause: error.description)
        }
    }

    private func bind(_ file: UnixSocketFile?, _ gate: AcceptGate, _ own: OpenConnections) async throws
        -> Listening
    {
        let bootstrap = ServerBootstrap(group: eventLoops)
            .serverChannelOption(ChannelOptions.backlog, value: Self.backlog)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [failed] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([gate.handler, AcceptFailures(failed).handler])
                }
            }
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
        let setUp: @Sendable (any Channel) -> EventLoopFuture<Child.Value> = {
            [child, connections, encryption, logger] channel in
            for set in [own, connections] {
                set.add(channel)
                channel.closeFuture.whenComplete { _ in set.remove(channel) }
            }
            do { try encryption?.addHandlers(to: channel) } catch { return channel.eventLoop.makeFailedFuture(error) }
            return child.setup(channel: channel, logger: logger)
        }
        if let file { return try await bootstrap.bind(file.descriptor, childChannelInitializer: setUp) }
        return switch address {
        case .tcp(let host, let port):
            try await bootstrap.bind(host: host, port: port, childChannelInitializer: setUp)
        case .unix(let path):
            try await bootstrap.bind(unixDomainSocketPath: path, childChannelInitializer: setUp)
        case .inherited(let socket):
            try await bootstrap.bind(socket, childChannelInitializer: setUp)
        }
    }

    /// Takes connections until the socket is closed, and waits for those that are open then.
    /// - Parameter accepted: fulfilled when the last one has been taken.
    private func serve(_ listening: Listening, _ accepted: EventLoopPromise<Void>) async {
        await withDiscardingTaskGroup { group in
            do {
                try await listening.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask { [child, logger] in await child.handle(value: connection, logger: logger) }
                    }
                }
            } catch {
                logger.error("accepting connections failed", metadata: ["cause": "\(error)"])
            }
            accepted.succeed()
        }
    }

    /// Waits until every connection that was accepted has reached `serve`.
    ///
    /// The socket's event loop first lets the gate be closed. What it has accepted until then is set up on an event loop of
    /// its own, goes through the socket's again, and becomes active on its own.
    private func settle(_ channel: any Channel) async {
        for _ in 0..<2 {
            try? await channel.eventLoop.submit {}.get()
            for loop in eventLoops.makeIterator() { try? await loop.submit {}.get() }
        }
    }
}
