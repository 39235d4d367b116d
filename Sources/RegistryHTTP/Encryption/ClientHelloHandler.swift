//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOSSL
import NIOTLS

/// Finds out what a client asks for before TLS begins, and puts TLS in its place with the certificate for that.
///
/// It is for servers whose certificates come by ACME: one for each name, and others for those who ask for the answer to a
/// challenge. It holds what came until TLS is there.
final class ClientHelloHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a client gets.
    enum Choice {
        case encrypt(NIOSSLContext, EncryptionSettings)
        /// TLS, and nothing behind it.
        case answerChallenge(NIOSSLContext)
        /// A certificate that is on its way; nil if it does not come.
        case wait(EventLoopFuture<NIOSSLContext?>, EncryptionSettings)
        case refuse(Refusal)
    }

    /// Puts TLS behind this handler.
    typealias Encrypt = (NIOSSLContext, EncryptionSettings?, ChannelPipeline.SynchronousOperations) throws -> Void

    /// Why a client gets nothing.
    enum Refusal {
        case notTLS, malformed, unknownName, noCertificate

        /// As TLS says it (RFC 8446 §6.2).
        fileprivate var alert: UInt8 {
            switch self {
            case .notTLS: 70  // protocol_version
            case .malformed: 50  // decode_error
            case .unknownName: 112  // unrecognized_name
            case .noCertificate: 80  // internal_error
            }
        }
    }

    private let deadline: NIODeadline
    private let choose: (ClientHello) -> Choice
    private let encrypt: Encrypt
    private let refused: (Refusal?) -> Void
    private var received = ByteBuffer()
    private var isChosen = false
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - deadline: for the client to ask, and for its certificate to be there.
    ///   - choose: what a client gets for what it asks.
    ///   - encrypt: puts TLS behind this handler; without settings for an authority, which leaves after the handshake.
    ///   - refused: told of clients that get nothing, nil of those that are late.
    init(
        deadline: NIODeadline,
        choose: @escaping (ClientHello) -> Choice,
        encrypt: @escaping Encrypt,
        refused: @escaping (Refusal?) -> Void
    ) {
        self.deadline = deadline
        self.choose = choose
        self.encrypt = encrypt
        self.refused = refused
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.refused(nil)
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Whoever leaves before that has asked for nothing.
        if (event as? ChannelEvent) == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        guard !isChosen else { return }
        switch ClientHello.read(received.readableBytesView) {
        case .incomplete:
            if received.readableBytes > ClientHello.longestInput { refuse(.malformed, context) }
        case .hello(let hello): take(choose(hello), context)
        case .notTLS: refuse(.notTLS, context)
        case .malformed: refuse(.malformed, context)
        }
    }

    private func take(_ choice: Choice, _ context: ChannelHandlerContext) {
        isChosen = true
        switch choice {
        case .encrypt(let tls, let settings): begin(tls, settings, context)
        case .answerChallenge(let tls): begin(tls, nil, context)
        case .wait(let certificate, let settings):
            certificate.assumeIsolated().whenComplete { result in
                guard context.channel.isActive else { return }
                if case .success(let tls?) = result {
                    self.begin(tls, settings, context)
                } else {
                    self.refuse(.noCertificate, context)
                }
            }
        case .refuse(let refusal): refuse(refusal, context)
        }
    }

    private func begin(_ tls: NIOSSLContext, _ settings: EncryptionSettings?, _ context: ChannelHandlerContext) {
        do {
            try encrypt(tls, settings, context.pipeline.syncOperations)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            refuse(.noCertificate, context)
        }
    }

    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        isChosen = true
        timer?.cancel()
        refused(refusal)
        let answer: ByteBuffer
        if refusal == .notTLS, received.readableBytesView.first.map({ (0x41...0x5a).contains($0) }) == true {
            // A method of HTTP.
            answer = ByteBuffer(string: PlainAnswer.text)
        } else {
            // A record of one alert, fatal.
            answer = ByteBuffer(bytes: [21, 3, 1, 0, 2, 2, refusal.alert])
        }
        context.writeAndFlush(wrapOutboundOut(answer)).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        context.fireChannelRead(wrapInboundOut(received))
        context.fireChannelReadComplete()
        context.leavePipeline(removalToken: removalToken)
    }
}

/// Ends the connection of an authority behind its handshake: the certificate was the answer (RFC 8737 §3).
final class ChallengeEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Those behind it never learn that there was a handshake, and so serve nothing.
        if case .handshakeCompleted = event as? TLSUserEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}

/// What a client gets that speaks HTTP in clear where TLS is spoken, so that whoever forgot the `s` of `https` finds out.
enum PlainAnswer {
    static let text: String = {
        let text = "This port speaks HTTPS only.\n"
        return "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            + "Content-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }()
}
