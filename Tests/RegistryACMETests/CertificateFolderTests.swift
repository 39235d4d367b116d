//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryACME

@Suite("What ACME keeps, and what it is made of", .timeLimit(.minutes(5)))
struct CertificateFolderTests {
    private let parent: TemporaryFolder
    private let folder: CertificateFolder

    init() throws {
        parent = try TemporaryFolder()
        folder = CertificateFolder(path: parent.path + "/a/b")
    }

    /// A certificate of a key, issued by nobody in particular.
    private func chain(of key: SigningKey, for host: String) async throws -> [UInt8] {
        try parent.write(key.pem, to: "key.pem")
        let path = parent.path + "/certificate.pem"
        try await Tool.output(
            "openssl",
            [
                "req", "-x509", "-key", parent.path + "/key.pem", "-days", "90", "-subj", "/CN=x", "-addext",
                "subjectAltName=DNS:\(host)", "-out", path,
            ]
        )
        return try parent.files()["certificate.pem"] ?? []
    }

    @Test("The folder is made, with all above it; twice is as good as once")
    func prepare() throws {
        try folder.prepare()
        try folder.prepare()
        #expect(try folder.certificate(for: "a.test") == nil)
    }

    @Test("The key of the account is made once")
    func account() throws {
        try folder.prepare()
        let (first, second) = (try folder.accountKey(), try folder.accountKey())
        #expect(first.thumbprint == second.thumbprint)
        #expect(try parent.files(under: "a/b").keys.sorted() == ["acme_account+key"])
    }

    @Test("A key that distribution has left counts, by its old name too, and one of another kind is refused")
    func foreignAccount() async throws {
        let old = folder.path + "/acme_account.key"
        try folder.prepare()
        try await Tool.output(
            "openssl",
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", old]
        )
        let key = try folder.accountKey()
        let again = try folder.accountKey()
        #expect(key.thumbprint == again.thumbprint)
        try await Tool.output("openssl", ["genpkey", "-algorithm", "RSA", "-out", old])
        #expect(throws: FolderFault(path: old, cause: "not a key on P-256")) { _ = try folder.accountKey() }
    }

    @Test("A certificate comes back as it was kept, with nothing of what was not one")
    func certificate() async throws {
        try folder.prepare()
        let key = try SigningKey()
        let sent = try await chain(of: key, for: "a.test")
        let noisy = Array("junk\n".utf8) + sent + Array("-----BEGIN X-----\nYWJj\n-----END X-----\n".utf8)
        let issued = try IssuedCertificate(host: "a.test", chain: noisy, key: key)
        #expect(issued.pem == key.pem + sent)
        try folder.keep(issued)
        let kept = try #require(try folder.certificate(for: "a.test"))
        #expect(kept.pem == issued.pem && kept.notAfter == issued.notAfter)
        #expect(issued.notBefore.duration(to: issued.notAfter) == .seconds(90 * 86_400))
        #expect(try parent.files(under: "a/b").keys.sorted() == ["a.test"])
    }

    @Test("A certificate for another name or another key is not taken")
    func foreign() async throws {
        let key = try SigningKey()
        let sent = try await chain(of: key, for: "a.test")
        func fault(_ host: String, _ key: SigningKey, _ chain: [UInt8]) -> String? {
            do throws(KeyFault) {
                _ = try IssuedCertificate(host: host, chain: chain, key: key)
                return nil
            } catch {
                return error.cause
            }
        }
        #expect(fault("a.test", key, sent) == nil)
        #expect(fault("b.test", key, sent) == "a certificate for another name")
        #expect(fault("a.test", try SigningKey(), sent) == "a certificate for another key")
        #expect(fault("a.test", key, Array("nothing".utf8)) == "no certificate in PEM form")
    }

    @Test("A request for a certificate is what openssl takes for one, with one name and no subject")
    func request() async throws {
        let key = try SigningKey()
        try parent.write(try key.certificateRequest(for: "a.test"), to: "request.der")
        let text = try await Tool.output(
            "openssl",
            ["req", "-inform", "DER", "-in", parent.path + "/request.der", "-noout", "-text", "-verify"]
        )
        #expect(text.contains("DNS:a.test\n"))
        #expect(text.contains("Subject: \n"))
    }

    @Test("The answer to a challenge has the name and the digest, critically (RFC 8737 §3)")
    func challenge() async throws {
        let pem = try SigningKey().challengeCertificate(for: "a.test", authorization: "token.thumbprint")
        try parent.write(pem, to: "challenge.pem")
        let text = try await Tool.output("openssl", ["x509", "-in", parent.path + "/challenge.pem", "-noout", "-text"])
        #expect(text.contains("DNS:a.test\n"))
        #expect(text.contains("1.3.6.1.5.5.7.1.31: critical\n"))
        let digest = SHA256.digest(of: Array("token.thumbprint".utf8))
        let der = try await Tool.run("openssl", ["asn1parse", "-in", parent.path + "/challenge.pem"])
        let hex = digest.map {
            String($0 >> 4, radix: 16, uppercase: true) + String($0 & 15, radix: 16, uppercase: true)
        }
        #expect(der.output.contains("[HEX DUMP]:0420" + hex.joined()), "\(der)")
    }
}
