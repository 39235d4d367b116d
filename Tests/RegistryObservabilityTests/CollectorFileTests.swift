//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("Files for TLS with a collector", .timeLimit(.minutes(5)))
struct CollectorFileTests {
    private func failure(_ scheme: String, _ tls: OTLPSettings.TLS) async -> String? {
        let settings = OTLPSettings(address: "\(scheme)://127.0.0.1:1/v1/traces", tls: tls)
        do throws(CollectorFileError) {
            let client = try CollectorClient(settings, on: .singleton)
            await client.shutDown()
            return nil
        } catch {
            return error.description
        }
    }

    @Test("that cannot be used are told with the variable, the path and the cause")
    func unusable() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("nothing".utf8), to: "empty.pem")
        let (missing, empty) = (folder.path + "/missing.pem", folder.path + "/empty.pem")
        let cases: [(OTLPSettings.TLS, String)] = [
            (.init(certificate: .init(name: "CA", path: missing)), "CA: \(missing): No such file or directory"),
            (.init(certificate: .init(name: "CA", path: empty)), "CA: \(empty): has no certificate in PEM form"),
            (.init(clientCertificate: .init(name: "C", path: empty)), "C: \(empty): has no certificate in PEM form"),
            (
                .init(clientKey: .init(name: "K", path: empty)),
                "K: \(empty): has no private key in PEM form, or one with a passphrase, which cannot be used"
            ),
        ]
        for (tls, expected) in cases { #expect(await failure("https", tls) == expected) }
    }

    @Test("play no part where there is no TLS")
    func clear() async {
        let file = OTLPSettings.TLS.File(name: "CA", path: "/nowhere/ca.pem")
        #expect(await failure("http", .init(certificate: file, clientKey: file, clientCertificate: file)) == nil)
    }
}
