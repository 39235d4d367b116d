//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What connections are encrypted with, and who may connect.
package struct EncryptionSettings: Sendable, Equatable {
    /// Where the certificate comes from.
    package var source: Source
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
        _ source: Source,
        clientAuthorities: [String] = [],
        clientAuthentication: ClientAuthentication = .none,
        requiresTLS13: Bool = false,
        cipherSuites: [UInt16] = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8],
        offersHTTP2: Bool = true
    ) {
        self.source = source
        self.clientAuthorities = clientAuthorities
        self.clientAuthentication = clientAuthentication
        self.requiresTLS13 = requiresTLS13
        self.cipherSuites = cipherSuites
        self.offersHTTP2 = offersHTTP2
    }

    /// Where a server's certificate comes from.
    package enum Source: Sendable, Equatable {
        /// Paths of files in PEM form: the certificate with those that lead to its authority, and its key.
        case files(certificate: String, key: String)
        /// An authority, which issues one for each of these names; they are handed over as they come.
        case authority(hosts: [String])
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
    var files: [String] {
        guard case .files(let certificate, let key) = source else { return clientAuthorities }
        return [certificate, key] + clientAuthorities
    }

    /// Those that an authority issues certificates for.
    var hosts: [String] {
        guard case .authority(let hosts) = source else { return [] }
        return hosts
    }
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
