//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension TLSSettings {
    /// Reads the section `http.tls`.
    ///
    /// A half-written section is reported, since it must never leave the registry without encryption.
    static func read(_ tls: SectionReader) -> TLSSettings? {
        let acme = tls.choice("letsencrypt", ACMESettings.read)
        let certificate = tls.text("certificate")
        let key = tls.text("key")
        let authorities = tls.values("clientcas") { scalar throws(InvalidValue) in try scalar.filledText() }
        let minimum = tls.value("minimumtls", default: Version.tls12, version)
        return TLSSettings(
            identity: identity(certificate, key, acme, in: tls),
            clientAuthorities: authorities,
            clientAuthentication: clientAuthentication(authorities, in: tls),
            minimumVersion: minimum,
            cipherSuites: cipherSuites(in: tls, from: minimum)
        )
    }

    private static func identity(
        _ certificate: String?,
        _ key: String?,
        _ acme: ACMESettings?,
        in tls: SectionReader
    ) -> Identity {
        switch (certificate, key, acme) {
        case (nil, nil, let acme?):
            return .acme(acme)
        case (let certificate?, let key?, nil):
            return .files(certificate: certificate, key: key)
        case (_, _, .some):
            tls.report("has both certificate and letsencrypt; keep one of them")
        case (_?, nil, nil):
            tls.report("needs the key of its certificate", at: "key", origin: tls.origin)
        case (nil, _, nil) where tls.entry("letsencrypt")?.node.isEmpty ?? true:
            tls.report(
                "is required; to serve without encryption, remove the section http.tls",
                at: "certificate",
                origin: tls.entry("certificate")?.node.origin ?? tls.origin
            )
        case (nil, _, nil):
            // The section letsencrypt has told what is wrong.
            break
        }
        return .files(certificate: certificate ?? "", key: key ?? "")
    }

    /// With authorities the strictest mode is the default, as in distribution.
    private static func clientAuthentication(_ authorities: [String], in tls: SectionReader) -> ClientAuthentication {
        let fallback = authorities.isEmpty ? ClientAuthentication.none : .requireAndVerify
        let mode = tls.value("clientauth", default: fallback) { scalar throws(InvalidValue) in
            guard !scalar.text.isEmpty else { return fallback }
            guard let mode = ClientAuthentication(rawValue: scalar.text) else {
                throw InvalidValue("must be \(ClientAuthentication.names.alternatives), not \(scalar.text.quoted)")
            }
            return mode
        }
        let isGiven = !(tls.entry("clientcas")?.node.isEmpty ?? true)
        if mode.verifies, !isGiven, let entry = tls.entry("clientauth") {
            tls.report("needs the authorities in clientcas", at: "clientauth", origin: entry.node.origin)
        }
        return mode
    }

    private static func version(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> Version {
        switch scalar.text {
        case "": return .tls12
        case "tls1.0", "tls1.1":
            throw InvalidValue("\(scalar.text) is broken and not spoken any more; write tls1.2 or tls1.3")
        default:
            guard let version = Version(rawValue: scalar.text) else {
                throw InvalidValue("must be tls1.2 or tls1.3, not \(scalar.text.quoted)")
            }
            return version
        }
    }

    private static func cipherSuites(in tls: SectionReader, from minimum: Version) -> [TLSCipherSuite] {
        let suites = tls.values("ciphersuites", TLSCipherSuite.parse)
        if !suites.isEmpty, suites.allSatisfy(\.isTLS13), minimum == .tls12, let entry = tls.entry("ciphersuites") {
            let message = "has no suite of TLS 1.2; add one, or set minimumtls: tls1.3"
            tls.report(message, at: "ciphersuites", origin: entry.node.origin)
        }
        return suites.isEmpty ? TLSCipherSuite.allCases : suites
    }
}

extension ACMESettings {
    /// Reads the section `http.tls.letsencrypt`.
    static func read(_ acme: SectionReader) -> ACMESettings? {
        let folder = acme.requiredText("cachefile")
        let email = acme.text("email")
        let hosts = acme.values("hosts", host)
        if acme.entry("hosts")?.node.isEmpty ?? true {
            // Distribution would ask for a certificate for any name that a client comes up with.
            acme.report("needs the names of this registry", at: "hosts", origin: acme.origin)
        }
        let directory = acme.value("directoryurl", default: letsEncrypt) { scalar throws(InvalidValue) in
            scalar.text.isEmpty ? letsEncrypt : try scalar.webAddress()
        }
        guard !folder.isEmpty, !hosts.isEmpty else { return nil }
        return ACMESettings(cacheFolder: folder, email: email, hosts: hosts, directoryURL: directory)
    }

    private static func host(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> String {
        guard HostName.isName(scalar.text[...]) else { throw InvalidValue("\(scalar.text.quoted) is no host name") }
        // Domain names of TLS have no such last part (RFC 1123 §2.1).
        guard scalar.text.split(separator: ".").last?.allSatisfy(\.isNumber) == false else {
            throw InvalidValue("\(scalar.text.quoted) is an address; certificates by ACME are for names")
        }
        return scalar.text.lowercased()
    }
}

extension [String] {
    /// `a, b or c`.
    var alternatives: String {
        guard let last, count > 1 else { return joined() }
        return dropLast().joined(separator: ", ") + " or " + last
    }
}
