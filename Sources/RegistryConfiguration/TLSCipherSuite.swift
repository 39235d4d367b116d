//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A cipher suite that is sound: with forward secrecy and authenticated encryption.
///
/// The raw value is its name in Go.
package enum TLSCipherSuite: String, Sendable, CaseIterable {
    case ecdheECDSAAES128GCM = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    case ecdheRSAAES128GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    case ecdheECDSAAES256GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    case ecdheRSAAES256GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    case ecdheECDSAChaCha20 = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    case ecdheRSAChaCha20 = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    case aes128GCM = "TLS_AES_128_GCM_SHA256"
    case aes256GCM = "TLS_AES_256_GCM_SHA384"
    case chaCha20 = "TLS_CHACHA20_POLY1305_SHA256"

    /// The number on the wire, in IANA's registry.
    package var number: UInt16 {
        switch self {
        case .ecdheECDSAAES128GCM: 0xc02b
        case .ecdheRSAAES128GCM: 0xc02f
        case .ecdheECDSAAES256GCM: 0xc02c
        case .ecdheRSAAES256GCM: 0xc030
        case .ecdheECDSAChaCha20: 0xcca9
        case .ecdheRSAChaCha20: 0xcca8
        case .aes128GCM: 0x1301
        case .aes256GCM: 0x1302
        case .chaCha20: 0x1303
        }
    }

    /// Whether it belongs to TLS 1.3, where none can be switched off.
    package var isTLS13: Bool { number >> 8 == 0x13 }
}

extension TLSCipherSuite {
    /// Names that Go had first.
    private static let oldNames: [String: TLSCipherSuite] = [
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305": .ecdheRSAChaCha20,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305": .ecdheECDSAChaCha20,
    ]

    static func parse(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> TLSCipherSuite {
        let name = scalar.text
        if let suite = TLSCipherSuite(rawValue: name) ?? oldNames[name] { return suite }
        let strength = "; write one such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        if name.contains("_RC4_") || name.contains("_3DES_") {
            throw InvalidValue("\(name.quoted) is broken" + strength)
        }
        if name.hasPrefix("TLS_RSA_WITH_") {
            throw InvalidValue("\(name.quoted) has no forward secrecy" + strength)
        }
        if name.hasPrefix("TLS_"), name.contains("_CBC_") {
            throw InvalidValue("\(name.quoted) has no authenticated encryption" + strength)
        }
        let nearest = Suggestion.nearest(to: name, among: allCases.map(\.rawValue))
        throw InvalidValue("unknown cipher suite \(name.quoted)" + (nearest.map { "; did you mean \($0)?" } ?? ""))
    }
}
