//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOSSL

/// All that is agreed on in handshakes but the server's certificate, as the files of the configuration had it when they were
/// read.
struct HandshakeRules: Sendable {
    private let settings: EncryptionSettings
    private let authorities: [NIOSSLCertificate]

    /// Reads the files, which blocks.
    /// - Throws: ``EncryptionError``.
    init(_ settings: EncryptionSettings) throws(EncryptionError) {
        self.settings = settings
        var authorities: [NIOSSLCertificate] = []
        for path in settings.clientAuthorities {
            authorities += try PEMFile.certificates(path, of: "http.tls.clientcas")
        }
        self.authorities = authorities
    }

    /// Those of TLS 1.3, and of TLS 1.2 all that do not rest on SHA-1, which the library would take as a last resort.
    private static let signatures: [SignatureAlgorithm] = [
        .ecdsaSecp256R1Sha256, .rsaPssRsaeSha256, .rsaPkcs1Sha256, .ecdsaSecp384R1Sha384, .rsaPssRsaeSha384,
        .rsaPkcs1Sha384, .ecdsaSecp521R1Sha512, .rsaPssRsaeSha512, .rsaPkcs1Sha512, .ed25519,
    ]

    /// TLS with a certificate.
    /// - Throws: if the key is not that of the first certificate.
    func context(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = settings.requiresTLS13 ? .tlsv13 : .tlsv12
        configuration.cipherSuiteValues = settings.cipherSuites.map { NIOTLSCipher(rawValue: $0) }
        configuration.applicationProtocols = (settings.offersHTTP2 ? ["h2"] : []) + ["http/1.1"]
        configuration.certificateVerification = settings.clientAuthentication.verification
        configuration.signingSignatureAlgorithms = Self.signatures
        configuration.verifySignatureAlgorithms = Self.signatures
        // Never those of the system: whoever has a certificate for a web site would get in.
        configuration.trustRoots = .certificates(authorities)
        configuration.sendCANameList = !authorities.isEmpty
        // A client that is told of the end has that long to say that it has heard it.
        configuration.shutdownTimeout = .seconds(2)
        return try NIOSSLContext(configuration: configuration)
    }

    /// TLS for whoever asks for the answer to a challenge of an authority (RFC 8737): of clients nothing is asked.
    static func challengeContext(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["acme-tls/1"]
        configuration.shutdownTimeout = .seconds(2)
        return try NIOSSLContext(configuration: configuration)
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
