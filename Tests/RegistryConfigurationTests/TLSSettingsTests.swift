//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryConfiguration

@Suite("The section http.tls")
struct TLSSettingsTests {
    private static let files = "certificate: /c.pem, key: /k.pem"

    private func tls(_ keys: String) throws -> TLSSettings? { try load(file(http: "tls: {\(keys)}")).http.tls }

    private func refusals(_ keys: String) -> [String] {
        problems(file(http: "tls: {\(keys)}")).map { $0.replacing("config.yml:3: http.tls", with: "") }
    }

    @Test("is none where it is left out or empty", arguments: ["", "tls: {}", "tls: ", "tls: ~"])
    func none(http: String) throws {
        #expect(try load(file(http: http)).http.tls == nil)
    }

    @Test("takes files, with sound defaults")
    func defaults() throws {
        let settings = try #require(try tls(Self.files))
        #expect(settings == TLSSettings(identity: .files(certificate: "/c.pem", key: "/k.pem")))
        #expect(settings.minimumVersion == .tls12)
        #expect(settings.clientAuthentication == .none)
        #expect(settings.cipherSuites.count == 9)
    }

    @Test("never serves in the clear because of a half-written section")
    func halfWritten() {
        let missing = ".certificate: is required; to serve without encryption, remove the section http.tls"
        #expect(refusals("certificate: \"\"") == [missing])
        #expect(refusals("key: /k") == [missing])
        #expect(refusals("minimumtls: tls1.3") == [missing])
        #expect(refusals("letsencrypt: {}, key: ") == [missing])
        #expect(refusals("certificate: /c") == [".key: needs the key of its certificate"])
        #expect(refusals("certificate: [/c], key: /k").count == 2)
    }

    @Test(
        "takes every mode for clients' certificates",
        arguments: [
            ("request-client-cert", TLSSettings.ClientAuthentication.request),
            ("require-any-client-cert", .requireAny), ("verify-client-cert-if-given", .verifyIfGiven),
            ("require-and-verify-client-cert", .requireAndVerify),
        ]
    )
    func modes(word: String, mode: TLSSettings.ClientAuthentication) throws {
        let settings = try tls(Self.files + ", clientcas: [/a.pem, /b.pem], clientauth: \(word)")
        #expect(settings?.clientAuthentication == mode)
        #expect(settings?.clientAuthorities == ["/a.pem", "/b.pem"])
        let alone = refusals(Self.files + ", clientauth: \(word)")
        #expect(alone == (mode.verifies ? [".clientauth: needs the authorities in clientcas"] : []))
    }

    @Test("with authorities alone, clients must show a certificate")
    func strictest() throws {
        #expect(try tls(Self.files + ", clientcas: [/a]")?.clientAuthentication == .requireAndVerify)
        #expect(refusals(Self.files + ", clientauth: maybe").first?.contains("require-any-client-cert") == true)
        #expect(refusals(Self.files + ", clientcas: /a") == [".clientcas: must be a list"])
    }

    @Test("refuses what is broken, by name")
    func weak() {
        let broken = " is broken and not spoken any more; write tls1.2 or tls1.3"
        #expect(refusals(Self.files + ", minimumtls: tls1.0") == [".minimumtls: tls1.0" + broken])
        #expect(refusals(Self.files + ", minimumtls: tls1.1") == [".minimumtls: tls1.1" + broken])
        #expect(refusals(Self.files + ", minimumtls: ssl3").count == 1)
        for (suite, reason) in [
            ("TLS_RSA_WITH_AES_128_GCM_SHA256", "has no forward secrecy"),
            ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "is broken"), ("TLS_RSA_WITH_RC4_128_SHA", "is broken"),
            ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "has no authenticated encryption"),
            ("TLS_AES_128_GCM_SHA265", "did you mean TLS_AES_128_GCM_SHA256?"), ("ECDHE-RSA-AES128", "unknown"),
        ] {
            let lines = refusals(Self.files + ", ciphersuites: [\(suite)]")
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix(".ciphersuites.0: ") == true && lines.first?.contains(reason) == true)
        }
    }

    @Test("keeps the order of cipher suites, and knows the older names")
    func suites() throws {
        let names = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        #expect(
            try tls(Self.files + ", ciphersuites: [\(names)]")?.cipherSuites == [
                .ecdheRSAChaCha20, .ecdheECDSAAES256GCM,
            ]
        )
        #expect(
            refusals(Self.files + ", ciphersuites: [TLS_AES_128_GCM_SHA256]") == [
                ".ciphersuites: has no suite of TLS 1.2; add one, or set minimumtls: tls1.3"
            ]
        )
        #expect(refusals(Self.files + ", minimumtls: tls1.3, ciphersuites: [TLS_AES_128_GCM_SHA256]") == [])
    }

    @Test("takes an authority")
    func acme() throws {
        let settings = try tls("letsencrypt: {cachefile: /a, email: a@b, hosts: [R.example.com]}")
        #expect(
            settings?.identity
                == .acme(ACMESettings(cacheFolder: "/a", email: "a@b", hosts: ["r.example.com"]))
        )
        let other = "letsencrypt: {cachefile: /a, hosts: [a], directoryurl: 'https://localhost:14000/dir'}"
        guard case .acme(let own)? = try tls(other)?.identity else {
            Issue.record("no authority")
            return
        }
        #expect(own.directoryURL == "https://localhost:14000/dir")
    }

    @Test("refuses an authority that lacks something, or competes with a certificate")
    func badACME() {
        #expect(refusals("letsencrypt: {cachefile: /a}") == [".letsencrypt.hosts: needs the names of this registry"])
        #expect(refusals("letsencrypt: {hosts: [a]}") == [".letsencrypt.cachefile: is required"])
        #expect(refusals("letsencrypt: {cachefile: /a, hosts: [a b]}").count == 1)
        #expect(refusals("letsencrypt: {cachefile: /a, hosts: [a], directoryurl: ftp://x}").count == 1)
        #expect(
            refusals(Self.files + ", letsencrypt: {cachefile: /a, hosts: [a]}") == [
                ": has both certificate and letsencrypt; keep one of them"
            ]
        )
    }
}
