//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RegistryCalls

/// Connections to an endpoint, kept for further requests; used on one event loop.
///
/// How many there are is decided by who makes requests: each has one to itself.
final class EndpointConnections: @unchecked Sendable {
    private let address: EndpointAddress
    private let loop: any EventLoop
    private let timeout: TimeAmount
    private let encryption: TLSConfiguration?
    /// Made of that when it is needed first.
    private var encryptionContext: EventLoopFuture<NIOSSLContext>?
    private var all: [ObjectIdentifier: EndpointConnection] = [:]
    /// The one that was used last is taken first, so that those that are not needed end.
    private var idle: [EndpointConnection] = []
    private var isShut = false

    /// - Parameters:
    ///   - timeout: for a connection.
    ///   - encryption: nil for what holds everywhere.
    init(_ address: EndpointAddress, on loop: any EventLoop, timeout: TimeAmount, encryption: TLSConfiguration?) {
        self.address = address
        self.loop = loop
        self.timeout = timeout
        guard address.isEncrypted else {
            self.encryption = nil
            return
        }
        var encryption = encryption ?? .makeClientConfiguration()
        encryption.applicationProtocols = ["http/1.1"]
        self.encryption = encryption
    }

    /// Makes a request, on a connection that there is, or a new one.
    func start(_ call: EndpointCall) {
        guard !isShut else { return call.finish("the server is ending") }
        while let connection = idle.popLast() {
            if connection.isUsable { return connection.send(call) }
        }
        connect().whenComplete { [self] result in
            switch result {
            case .failure(let error): call.finish(CallFailure.words(for: error))
            case .success(let connection):
                if isShut { connection.close("the server is ending") }
                // Who waited may have given up meanwhile.
                if call.isOver { keep(connection) } else { connection.send(call) }
            }
        }
    }

    /// It can take the next request.
    func keep(_ connection: EndpointConnection) { idle.append(connection) }

    /// It has ended.
    func forget(_ connection: EndpointConnection) {
        all[ObjectIdentifier(connection)] = nil
        idle.removeAll { $0 === connection }
    }

    /// Ends all of them.
    func shutDown() {
        isShut = true
        for connection in all.values { connection.close("the server is ending") }
    }

    private func connect() -> EventLoopFuture<EndpointConnection> {
        guard let encryption else { return connect(nil) }
        let context =
            encryptionContext
            // It reads the authorities of the system.
            ?? NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try NIOSSLContext(configuration: encryption) }
        encryptionContext = context
        context.whenFailure { [self] _ in encryptionContext = nil }
        return context.flatMap { [self] context in connect(context) }
    }

    private func connect(_ context: NIOSSLContext?) -> EventLoopFuture<EndpointConnection> {
        let connection = EndpointConnection(self)
        all[ObjectIdentifier(connection)] = connection
        let opening = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            // Answers are short: one more look whether there is more costs more than to be told.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { [address] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        let name = address.isNumeric ? nil : address.host
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try pipeline.addHandler(HTTPRequestEncoder())
                    try pipeline.addHandler(
                        ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
                    )
                    try pipeline.addHandler(connection)
                }
            }
            .connect(host: address.host, port: address.port)
        opening.whenFailure { [self] _ in forget(connection) }
        return opening.map { _ in connection }
    }
}
