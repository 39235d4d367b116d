//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOSSL
import RegistryTelemetry

/// What a listener needs to encrypt its connections.
struct EncryptedSetup: Sendable {
    private let encryption: ServerEncryption
    private let timeout: @Sendable () -> TimeAmount
    private let instruments: Instruments

    /// - Parameter timeout: from the connection to the end of the handshake.
    init(_ encryption: ServerEncryption, timeout: @escaping @Sendable () -> TimeAmount, _ instruments: Instruments) {
        self.encryption = encryption
        self.timeout = timeout
        self.instruments = instruments
    }

    /// Puts TLS in front of a connection's other handlers, which are still to come; on its event loop.
    func addHandlers(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let deadline = NIODeadline.now() + timeout()
        switch encryption.beginning {
        case .encrypt(let context, let settings):
            for handler in handlers(context, settings, deadline) { try pipeline.addHandler(handler) }
        case .ask:
            try pipeline.addHandler(helloHandler(channel.eventLoop, deadline))
        }
    }

    private func helloHandler(_ eventLoop: any EventLoop, _ deadline: NIODeadline) -> ClientHelloHandler {
        ClientHelloHandler(
            deadline: deadline,
            choose: { [encryption] hello in encryption.choice(for: hello, on: eventLoop) },
            encrypt: { [self] context, settings, pipeline in
                // Behind the first, which goes when these are there.
                let first = try pipeline.handler(type: ClientHelloHandler.self)
                let end: [any ChannelHandler] = settings == nil ? [ChallengeEnd()] : []
                for handler in (handlers(context, settings, deadline) + end).reversed() {
                    try pipeline.addHandler(handler, position: .after(first))
                }
            },
            refused: { [instruments] refusal in
                instruments.tlsHandshakeFailures[refusal.map { HandshakeFailure($0) } ?? .timeout].add()
            }
        )
    }

    /// - Parameter settings: nil for an authority, of which nothing is asked.
    private func handlers(_ context: NIOSSLContext, _ settings: EncryptionSettings?, _ deadline: NIODeadline)
        -> [any ChannelHandler]
    {
        let authentication = settings?.clientAuthentication ?? .none
        let tls =
            if authentication.takesAny {
                NIOSSLServerHandler(context: context) { _, promise in promise.succeed(.certificateVerified) }
            } else {
                NIOSSLServerHandler(context: context)
            }
        let handshake = HandshakeHandler(
            tls,
            deadline: deadline,
            failures: instruments.tlsHandshakeFailures,
            identifies: authentication.verifies
        )
        return [tls, handshake]
    }
}

extension HandshakeFailure {
    fileprivate init(_ refusal: ClientHelloHandler.Refusal) {
        self =
            switch refusal {
            case .notTLS: .notTLS
            case .malformed: .other
            case .unknownName: .unknownName
            case .noCertificate: .noCertificate
            }
    }
}
