//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOSSL
import NIOTLS
import RegistryAuth
import RegistryTelemetry

/// Stands behind TLS: bounds the time of the handshake, counts why it fails, and keeps whom the client's certificate stands
/// for, for the connection's requests and streams.
final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Progress { case underWay, done, failed }

    private let tls: NIOSSLServerHandler
    private let deadline: NIODeadline
    private let failures: Labelled<HandshakeFailure, Counter>
    private var progress = Progress.underWay
    private var timer: Scheduled<Void>?
    /// Whether certificates of clients are verified.
    private let identifies: Bool
    /// Whom the verified certificate of the client stands for; nil without one.
    private(set) var certificateName: String?

    /// - Parameter identifies: whether certificates of clients are verified, so that they are somebody's.
    init(
        _ tls: NIOSSLServerHandler,
        deadline: NIODeadline,
        failures: Labelled<HandshakeFailure, Counter>,
        identifies: Bool
    ) {
        self.identifies = identifies
        self.tls = tls
        self.deadline = deadline
        self.failures = failures
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard self.progress == .underWay else { return }
            self.fail(.timeout)
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            progress = .done
            timer?.cancel()
            if identifies, let certificate = tls.peerCertificate, let der = try? certificate.toDERBytes() {
                certificateName = ClientCertificate.name(der: der)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch progress {
        case .done:
            // Where a request ends is for HTTP to say; most clients close without a word of TLS, and what follows is
            // the same as without encryption.
            if error as? NIOSSLError != .uncleanShutdown { context.fireErrorCaught(error) }
        case .underWay:
            let reason = HandshakeFailure(error)
            fail(reason)
            if reason == .notTLS { explain(context) }
        case .failed:
            break
        }
    }

    private func fail(_ reason: HandshakeFailure) {
        progress = .failed
        timer?.cancel()
        failures[reason].add()
    }

    /// Answers in clear, as servers do; TLS closes after that.
    private func explain(_ context: ChannelHandlerContext) {
        // From in front of TLS.
        guard let front = try? context.pipeline.syncOperations.context(handler: tls) else { return }
        front.writeAndFlush(NIOAny(ByteBuffer(string: PlainAnswer.text)), promise: nil)
    }
}

extension HandshakeFailure {
    /// The reason in what the library says, which has it in words only.
    init(_ error: any Error) {
        let words = "\(error)"
        func says(_ names: String...) -> Bool { names.contains { words.contains($0) } }
        self =
            if says("EOF during") {
                .clientLeft
            } else if says("HTTP_REQUEST", "HTTPS_PROXY_REQUEST") {
                .notTLS
            } else if says("UNSUPPORTED_PROTOCOL", "WRONG_VERSION_NUMBER") {
                .version
            } else if says("NO_SHARED_CIPHER", "NO_SHARED_GROUP", "NO_COMMON_SIGNATURE_ALGORITHMS") {
                .cipher
            } else if says("PEER_DID_NOT_RETURN_A_CERTIFICATE") {
                .clientCertificateMissing
            } else if says("CERTIFICATE_VERIFY_FAILED") {
                .clientCertificateRefused
            } else if says("_ALERT_", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC") {
                // The latter is what is left of it with clients that use OpenSSL and TLS 1.3: they say it in clear,
                // at a time at which they should encrypt already.
                .refusedByClient
            } else {
                .other
            }
    }
}
