//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Encryption of the registry's port.
package struct TLSSettings: Sendable, Equatable {
    /// What the registry shows to clients.
    package var identity: Identity
    /// Paths of files in PEM form with the authorities that clients' certificates must come from.
    package var clientAuthorities: [String]
    /// Whether clients need certificates.
    package var clientAuthentication: ClientAuthentication
    /// The oldest version that is spoken.
    package var minimumVersion: Version
    /// The suites of TLS 1.2, best first; never empty.
    package var cipherSuites: [TLSCipherSuite]

    /// Creates settings; what is left out has its default.
    package init(
        identity: Identity,
        clientAuthorities: [String] = [],
        clientAuthentication: ClientAuthentication = .none,
        minimumVersion: Version = .tls12,
        cipherSuites: [TLSCipherSuite] = TLSCipherSuite.allCases
    ) {
        self.identity = identity
        self.clientAuthorities = clientAuthorities
        self.clientAuthentication = clientAuthentication
        self.minimumVersion = minimumVersion
        self.cipherSuites = cipherSuites
    }

    /// Where the certificate comes from.
    package enum Identity: Sendable, Equatable {
        /// Paths of files in PEM form: the chain, and its key.
        case files(certificate: String, key: String)
        /// An authority, by ACME.
        case acme(ACMESettings)
    }

    /// Whether clients need certificates, by Go's names.
    package enum ClientAuthentication: String, Sendable, CaseIterable {
        /// They are not asked for one.
        case none = ""
        /// They are asked, and may show any or none.
        case request = "request-client-cert"
        /// They must show one, of whomever.
        case requireAny = "require-any-client-cert"
        /// They may show none, but what they show must come from one of the authorities.
        case verifyIfGiven = "verify-client-cert-if-given"
        /// They must show one that comes from one of the authorities.
        case requireAndVerify = "require-and-verify-client-cert"

        /// The words of the configuration.
        static let names = allCases.map(\.rawValue).filter { !$0.isEmpty }

        /// Whether authorities decide.
        package var verifies: Bool { self == .verifyIfGiven || self == .requireAndVerify }
    }

    /// A version of TLS that is still sound.
    package enum Version: String, Sendable, CaseIterable {
        case tls12 = "tls1.2"
        case tls13 = "tls1.3"
    }
}

/// Certificates from an authority that are renewed in time.
package struct ACMESettings: Sendable, Equatable {
    /// The authority that most people mean.
    package static let letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

    /// The path of the folder for account and certificates.
    package var cacheFolder: String
    /// Whom the authority writes to; nil for nobody.
    package var email: String?
    /// The names in certificates; never empty.
    package var hosts: [String]
    /// The URL of the authority's directory.
    package var directoryURL: String

    /// Creates settings; what is left out has its default.
    package init(cacheFolder: String, email: String? = nil, hosts: [String], directoryURL: String = letsEncrypt) {
        self.cacheFolder = cacheFolder
        self.email = email
        self.hosts = hosts
        self.directoryURL = directoryURL
    }
}
