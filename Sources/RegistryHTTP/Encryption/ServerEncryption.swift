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

/// TLS for the connections of a listener, with certificates that can be replaced while it serves.
///
/// Connections keep what they began with.
package final class ServerEncryption: Sendable {
    private let observer: any Observer
    private let rejected: Gauge
    private let loaded: Mutex<Loaded>
    private let state: Mutex<CertificateState<FileStamp?>>

    /// Of `settings.source` one of the two certificates is in use.
    private struct Loaded {
        var settings: EncryptionSettings
        var rules: HandshakeRules
        /// From files.
        var certificate: LoadedCertificate?
        /// From an authority.
        var named: NamedCertificates
    }

    /// What a connection begins with.
    enum Beginning {
        case encrypt(NIOSSLContext, EncryptionSettings)
        /// It depends on what the client asks for.
        case ask
    }

    /// Reads the files, which blocks.
    /// - Parameters:
    ///   - observer: told when the certificate was read again, could not be, or ends soon.
    ///   - rejected: shows 1 while the files are no good as they are.
    /// - Throws: ``EncryptionError``.
    package init(
        _ settings: EncryptionSettings,
        observer: any Observer,
        rejected: Gauge = Gauge()
    ) throws(EncryptionError) {
        self.observer = observer
        self.rejected = rejected
        let stamps = Self.stamps(settings)
        let rules = try HandshakeRules(settings)
        self.loaded = Mutex(
            Loaded(
                settings: settings,
                rules: rules,
                certificate: try settings.certificate(by: rules),
                named: NamedCertificates(hosts: settings.hosts)
            )
        )
        self.state = Mutex(CertificateState(stamps))
    }

    private var settings: EncryptionSettings { loaded.withLock(\.settings) }

    /// When the certificate in use ends, or the first one that does; nil while there is none.
    package var notAfter: WallTime? { loaded.withLock { $0.certificate?.notAfter ?? $0.named.notAfter } }

    /// When that one began to count.
    package var notBefore: WallTime? { loaded.withLock { $0.certificate?.notBefore ?? $0.named.notBefore } }

    /// Whether certificates of clients are verified, so that they are somebody's.
    var identifiesClients: Bool { settings.clientAuthentication.verifies }

    // MARK: Connections

    var beginning: Beginning {
        loaded.withLock { loaded in
            loaded.certificate.map { .encrypt($0.context, loaded.settings) } ?? .ask
        }
    }

    /// What a client gets that asks for something; on its event loop.
    func choice(for hello: ClientHello, on eventLoop: any EventLoop) -> ClientHelloHandler.Choice {
        loaded.withLock { $0.named.choice(for: hello, on: eventLoop, $0.settings) }
    }

    // MARK: Certificates of an authority

    /// Serves a host with a certificate from now on.
    /// - Parameter pem: its key, itself, and those that lead to its authority, in PEM form.
    /// - Throws: if TLS cannot use it.
    package func serve(_ host: String, with pem: [UInt8]) throws {
        let certificate = try LoadedCertificate(pem: pem, loaded.withLock(\.rules))
        let waiting = loaded.withLock { $0.named.serve(host, with: certificate.following($0.rules)) }
        for promise in waiting { promise.succeed(certificate.context) }
    }

    /// Shows a certificate to whoever asks for the answer to a challenge of a host (RFC 8737 §3).
    /// - Parameter pem: its key and itself, in PEM form.
    /// - Throws: if TLS cannot use it.
    package func answerChallenge(of host: String, with pem: [UInt8]) throws {
        let chain = try NIOSSLCertificate.fromPEMBytes(pem)
        let context = try HandshakeRules.challengeContext(chain, PEMFile.key(bytes: pem))
        loaded.withLock { $0.named.answerChallenge(of: host, with: context) }
    }

    /// Shows nothing any more to whoever asks for that.
    package func endChallenge(of host: String) { loaded.withLock { $0.named.answerChallenge(of: host, with: nil) } }

    /// Whether a host without a certificate gets one soon, so that clients had better wait.
    package func expectCertificate(for host: String, _ isExpected: Bool) {
        let waiting = loaded.withLock { $0.named.expect(host, isExpected) }
        for promise in waiting { promise.succeed(nil) }
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
            let rules = try HandshakeRules(settings)
            let certificate = try settings.certificate(by: rules)
            return PreparedCertificate { [self] in use(certificate, rules, settings, stamps) }
        } catch {
            var fields: [ServerEvent.Field] = [.init(.cause, .text(error.description))]
            // Not for those that a new configuration names: the old ones are as good as before.
            if settings.files == self.settings.files { rejected.set(1) }
            if let notAfter { fields.append(.init(.notAfter, .text(notAfter.secondsDescription))) }
            observer.note(ServerEvent(.certificateReloadFailed, fields))
            throw error
        }
    }

    private func use(
        _ certificate: LoadedCertificate?,
        _ rules: HandshakeRules,
        _ settings: EncryptionSettings,
        _ stamps: [FileStamp?]
    ) {
        let inVain = loaded.withLock { loaded in
            loaded.settings = settings
            loaded.rules = rules
            loaded.certificate = certificate
            return loaded.named.follow(rules, hosts: settings.hosts)
        }
        for promise in inVain { promise.succeed(nil) }
        rejected.set(0)
        state.withLock { $0.reads(stamps) }
        guard case .files(let path, _) = settings.source, let certificate else { return }
        observer.note(
            ServerEvent(
                .certificateReloaded,
                [.init(.path, .text(path)), .init(.notAfter, .text(certificate.notAfter.secondsDescription))]
            )
        )
    }

    /// Looks at the files, which blocks, and does what is due.
    func look(now: WallTime = .now) {
        let settings = settings
        let stamps = Self.stamps(settings)
        if state.withLock({ $0.shouldRead(stamps) }) { reload() }
        // Those of an authority are renewed when it is time; of that there are other events.
        guard case .files(let path, _) = settings.source, let notAfter,
            state.withLock({ $0.shouldWarn(notAfter: notAfter, now: now) })
        else { return }
        observer.note(
            ServerEvent(
                .certificateEndsSoon,
                [.init(.path, .text(path)), .init(.notAfter, .text(notAfter.secondsDescription))]
            )
        )
    }

    private static func stamps(_ settings: EncryptionSettings) -> [FileStamp?] {
        settings.files.map { FileStamp(path: $0) }
    }
}

extension EncryptionSettings {
    /// The certificate of files; nil where an authority issues them.
    fileprivate func certificate(by rules: HandshakeRules) throws(EncryptionError) -> LoadedCertificate? {
        guard case .files(let certificate, let key) = source else { return nil }
        return try LoadedCertificate(certificate: certificate, key: key, rules)
    }
}

/// Files that have been read and are good, and are not in use yet.
package struct PreparedCertificate: Sendable {
    fileprivate let take: @Sendable () -> Void

    /// New connections get it from now on.
    package func use() { take() }
}
