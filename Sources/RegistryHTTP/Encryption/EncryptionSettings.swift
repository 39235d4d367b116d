//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What connections are encrypted with, and who may connect.
package struct EncryptionSettings: Sendable, Equatable {
    /// Path of a file in PEM form: the certificate, and behind it those that lead to its authority.
    package var certificate: String
    /// Path of a file in PEM form with the certificate's key.
    package var key: String
    /// Paths of files in PEM form with the authorities that clients' certificates must come from.
    package var clientAuthorities: [String]
    /// Whether clients need certificates.
    package var clientAuthentication: ClientAuthentication
    /// Whether only TLS 1.3 is spoken; else TLS 1.2 is too.
    package var requiresTLS13: Bool
    /// The suites of TLS 1.2 by their numbers on the wire, best first; those of TLS 1.3 are always on.
    package var cipherSuites: [UInt16]
    /// Whether clients may have HTTP/2.
    package var offersHTTP2: Bool

    /// Creates settings; what is left out is not asked for.
    package init(
        certificate: String,
        key: String,
        clientAuthorities: [String] = [],
        clientAuthentication: ClientAuthentication = .none,
        requiresTLS13: Bool = false,
        cipherSuites: [UInt16] = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8],
        offersHTTP2: Bool = true
    ) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
        self.clientAuthentication = clientAuthentication
        self.requiresTLS13 = requiresTLS13
        self.cipherSuites = cipherSuites
        self.offersHTTP2 = offersHTTP2
    }

    /// Whether clients need certificates.
    package enum ClientAuthentication: Sendable, CaseIterable {
        /// They are not asked for one.
        case none
        /// They are asked, and may show any or none.
        case request
        /// They must show one, of whomever.
        case requireAny
        /// They may show none, but what they show must come from one of the authorities.
        case verifyIfGiven
        /// They must show one that comes from one of the authorities.
        case requireAndVerify
    }

    /// All files that it names.
    var files: [String] { [certificate, key] + clientAuthorities }
}

/// Why connections cannot be encrypted as the configuration says.
package struct EncryptionError: Error, CustomStringConvertible {
    /// The key of the configuration.
    let setting: String
    /// Of the file.
    let path: String
    let cause: String

    /// All three, for the operator.
    package var description: String { "\(setting): \(path): \(cause)" }
}
