//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import NIOSSL
import RegistryTelemetry

/// What the files of the configuration held when they were read.
struct LoadedCertificate: Sendable {
    let context: NIOSSLContext
    /// When the certificate ends, or the first one on the way to its authority that does.
    let notAfter: WallTime

    /// Reads the files, which blocks.
    /// - Throws: ``EncryptionError``, which names the key of the configuration and the file.
    init(_ settings: EncryptionSettings) throws(EncryptionError) {
        let chain = try Self.certificates(settings.certificate, of: "http.tls.certificate")
        let key = try Self.key(settings.key)
        var authorities: [NIOSSLCertificate] = []
        for path in settings.clientAuthorities {
            authorities += try Self.certificates(path, of: "http.tls.clientcas")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = settings.requiresTLS13 ? .tlsv13 : .tlsv12
        configuration.cipherSuiteValues = settings.cipherSuites.map { NIOTLSCipher(rawValue: $0) }
        configuration.applicationProtocols = (settings.offersHTTP2 ? ["h2"] : []) + ["http/1.1"]
        configuration.certificateVerification = settings.clientAuthentication.verification
        // Never those of the system: whoever has a certificate for a web site would get in.
        configuration.trustRoots = .certificates(authorities)
        configuration.sendCANameList = !authorities.isEmpty
        // A client that is told of the end has that long to say that it has heard it.
        configuration.shutdownTimeout = .seconds(2)
        do {
            self.context = try NIOSSLContext(configuration: configuration)
        } catch {
            // All files have been read, so that what is left is whether they belong together.
            throw EncryptionError(
                setting: "http.tls.key",
                path: settings.key,
                cause: "does not belong to the first certificate in \(settings.certificate)"
            )
        }
        let ends = chain.map { Int64($0.notValidAfter) }
        self.notAfter = WallTime(microseconds: (ends.min() ?? 0) * 1_000_000)
    }

    private static func certificates(_ path: String, of setting: String) throws(EncryptionError) -> [NIOSSLCertificate]
    {
        try reading(path, of: setting, otherwise: "has no certificate in PEM form") {
            try NIOSSLCertificate.fromPEMFile(path)
        }
    }

    private static func key(_ path: String) throws(EncryptionError) -> NIOSSLPrivateKey {
        let otherwise = "has no private key in PEM form, or one with a passphrase, which cannot be used"
        return try reading(path, of: "http.tls.key", otherwise: otherwise) {
            // Without one of ours the library would ask at the terminal.
            try NIOSSLPrivateKey(file: path, format: .pem) { (give: NIOSSLPassphraseSetter<[UInt8]>) in give([]) }
        }
    }

    private static func reading<Output>(
        _ path: String,
        of setting: String,
        otherwise: String,
        _ read: () throws -> Output
    ) throws(EncryptionError) -> Output {
        // The library takes a folder for an empty file, and hides why others cannot be read.
        guard access(path, R_OK) == 0 else {
            throw EncryptionError(setting: setting, path: path, cause: String(cString: strerror(errno)))
        }
        do { return try read() } catch { throw EncryptionError(setting: setting, path: path, cause: otherwise) }
    }
}

extension EncryptionSettings.ClientAuthentication {
    /// What is asked of the handshake; whether authorities decide is the handler's.
    fileprivate var verification: CertificateVerification {
        switch self {
        case .none: .none
        case .request, .verifyIfGiven: .optionalVerification
        case .requireAny, .requireAndVerify: .noHostnameVerification
        }
    }

    /// Whether a certificate is taken from anybody.
    var takesAny: Bool { self == .request || self == .requireAny }

    /// Whether authorities decide.
    var verifies: Bool { self == .verifyIfGiven || self == .requireAndVerify }
}
