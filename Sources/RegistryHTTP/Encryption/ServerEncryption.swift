//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOSSL
import RegistryAuth
package import RegistryTelemetry
import Synchronization

/// TLS for the connections of a listener, with a certificate that can be replaced while it serves.
///
/// Connections keep what they began with.
package final class ServerEncryption: Sendable {
    private let observer: any Observer
    private let loaded: Mutex<Loaded>
    private let state: Mutex<CertificateState<FileStamp?>>

    private struct Loaded {
        var settings: EncryptionSettings
        var certificate: LoadedCertificate
    }

    /// Reads the files, which blocks.
    /// - Parameter observer: told when the certificate was read again, could not be, or ends soon.
    /// - Throws: ``EncryptionError``.
    package init(_ settings: EncryptionSettings, observer: any Observer) throws(EncryptionError) {
        self.observer = observer
        let stamps = Self.stamps(settings)
        self.loaded = Mutex(Loaded(settings: settings, certificate: try LoadedCertificate(settings)))
        self.state = Mutex(CertificateState(stamps))
    }

    private var settings: EncryptionSettings { loaded.withLock(\.settings) }

    /// When the certificate in use ends.
    package var notAfter: WallTime { loaded.withLock(\.certificate.notAfter) }

    /// Whether certificates of clients are verified, so that they are somebody's.
    var identifiesClients: Bool { settings.clientAuthentication.verifies }

    // MARK: Connections

    /// Puts TLS in front of a connection's other handlers, which are still to come; on its event loop.
    fileprivate func addHandlers(
        to channel: any Channel,
        timeout: TimeAmount,
        _ failures: Labelled<HandshakeFailure, Counter>
    ) throws {
        let (settings, context) = loaded.withLock { ($0.settings, $0.certificate.context) }
        let tls =
            if settings.clientAuthentication.takesAny {
                NIOSSLServerHandler(context: context) { _, promise in promise.succeed(.certificateVerified) }
            } else {
                NIOSSLServerHandler(context: context)
            }
        try channel.pipeline.syncOperations.addHandler(tls)
        try channel.pipeline.syncOperations.addHandler(
            HandshakeHandler(
                tls,
                timeout: timeout,
                failures: failures,
                identifies: settings.clientAuthentication.verifies
            )
        )
    }

    // MARK: The files

    /// Reads the files again, which blocks; if they are no good, what was there stays.
    func reload() {
        // What is wrong was told.
        let prepared = try? prepare(settings)
        prepared?.use()
    }

    /// Reads what settings name, which blocks, and goes on with what is there until it is used.
    /// - Throws: ``EncryptionError``, of which the log is told too.
    package func prepare(_ settings: EncryptionSettings) throws(EncryptionError) -> PreparedCertificate {
        let stamps = Self.stamps(settings)
        state.withLock { $0.reads(stamps) }
        do throws(EncryptionError) {
            return PreparedCertificate(self, settings, try LoadedCertificate(settings), stamps)
        } catch {
            observer.note(
                ServerEvent(
                    .certificateReloadFailed,
                    [.init(.cause, .text(error.description)), .init(.notAfter, .text(notAfter.secondsDescription))]
                )
            )
            throw error
        }
    }

    fileprivate func use(_ certificate: LoadedCertificate, of settings: EncryptionSettings, _ stamps: [FileStamp?]) {
        loaded.withLock { $0 = Loaded(settings: settings, certificate: certificate) }
        state.withLock { $0.reads(stamps) }
        observer.note(
            ServerEvent(
                .certificateReloaded,
                [
                    .init(.path, .text(settings.certificate)),
                    .init(.notAfter, .text(certificate.notAfter.secondsDescription)),
                ]
            )
        )
    }

    /// Looks at the files, which blocks, and does what is due.
    func look(now: WallTime = .now) {
        let settings = settings
        let stamps = Self.stamps(settings)
        if state.withLock({ $0.shouldRead(stamps) }) { reload() }
        let notAfter = notAfter
        guard state.withLock({ $0.shouldWarn(notAfter: notAfter, now: now) }) else { return }
        observer.note(
            ServerEvent(
                .certificateEndsSoon,
                [
                    .init(.path, .text(settings.certificate)),
                    .init(.notAfter, .text(notAfter.secondsDescription)),
                ]
            )
        )
    }

    private static func stamps(_ settings: EncryptionSettings) -> [FileStamp?] {
        settings.files.map { FileStamp(path: $0) }
    }
}

/// A certificate that has been read and is good, and is not in use yet.
package struct PreparedCertificate: Sendable {
    private let encryption: ServerEncryption
    private let settings: EncryptionSettings
    private let certificate: LoadedCertificate
    private let stamps: [FileStamp?]

    fileprivate init(
        _ encryption: ServerEncryption,
        _ settings: EncryptionSettings,
        _ certificate: LoadedCertificate,
        _ stamps: [FileStamp?]
    ) {
        self.encryption = encryption
        self.settings = settings
        self.certificate = certificate
        self.stamps = stamps
    }

    /// New connections get it from now on.
    package func use() { encryption.use(certificate, of: settings, stamps) }
}

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
        try encryption.addHandlers(to: channel, timeout: timeout(), instruments.tlsHandshakeFailures)
    }
}
