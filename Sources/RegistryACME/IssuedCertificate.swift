//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A certificate of an authority for one host, with those that lead to the authority, and its key.
struct IssuedCertificate: Sendable {
    /// The name it is for.
    let host: String
    /// Key and certificates in PEM form, as they are kept: distribution's form (autocert's), so that both read it.
    let pem: [UInt8]
    let notBefore: WallTime
    let notAfter: WallTime

    /// Takes what was kept.
    /// - Throws: if it is not a key with a certificate of its own for the host.
    init(host: String, pem: [UInt8]) throws(KeyFault) {
        try self.init(host: host, pem: pem, key: try SigningKey(pem: pem))
    }

    /// Takes what an authority handed out.
    /// - Parameters:
    ///   - chain: in PEM form; what is no certificate is left out.
    ///   - key: the certificate must be of.
    init(host: String, chain: [UInt8], key: SigningKey) throws(KeyFault) {
        try self.init(host: host, pem: key.pem + PEMText.certificates(in: chain), key: key)
    }

    private init(host: String, pem: [UInt8], key: SigningKey) throws(KeyFault) {
        let (notBefore, notAfter) = try key.validity(of: pem, for: host)
        self.host = host
        self.pem = pem
        self.notBefore = WallTime(microseconds: notBefore * 1_000_000)
        self.notAfter = WallTime(microseconds: notAfter * 1_000_000)
    }

    /// Whether it counts at a time.
    func isValid(at now: WallTime) -> Bool {
        notBefore.microseconds <= now.microseconds && now.microseconds < notAfter.microseconds
    }
}

/// Text with certificates in it.
enum PEMText {
    /// The certificates alone, a line break behind each line.
    static func certificates(in text: [UInt8]) -> [UInt8] {
        var kept = ""
        var isInside = false
        for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
            if line == "-----BEGIN CERTIFICATE-----" { isInside = true }
            if isInside { kept += line + "\n" }
            if line == "-----END CERTIFICATE-----" { isInside = false }
        }
        return Array(kept.utf8)
    }
}
