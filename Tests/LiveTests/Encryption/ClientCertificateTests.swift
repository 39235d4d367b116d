//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Client certificates", .timeLimit(.minutes(3)))
struct ClientCertificateTests {
    /// Who gets in: without a certificate, with one of an authority that does not count, and with one of ours.
    private static let rules: [(EncryptionSettings.ClientAuthentication, [Bool])] = [
        (.none, [true, true, true]),
        (.request, [true, true, true]),
        (.requireAny, [false, true, true]),
        (.verifyIfGiven, [true, false, true]),
        (.requireAndVerify, [false, false, true]),
    ]

    @Test("Each mode lets in whom it should", arguments: rules)
    func modes(mode: EncryptionSettings.ClientAuthentication, isLetIn: [Bool]) async throws {
        try await EncryptedRegistry.with({ settings, _ in settings.clientAuthentication = mode }) { server in
            let stranger = try await TestAuthority().issue("stranger")
            let friend = try await server.authority.issue("friend")
            let shown = [[], stranger.options, friend.options]
            for version in ["1.2", "1.3"] {
                for (options, isLetIn) in zip(shown, isLetIn) {
                    let answer = try await server.curl("/v2/", ["--tlsv\(version)", "--tls-max", version] + options)
                    #expect((answer.status == 200) == isLetIn, "\(mode) \(version) \(options): \(answer)")
                }
            }
            // Of both versions.
            let refused = isLetIn.map { $0 ? 0 : Int64(2) }
            try await eventually { server.failures(.clientCertificateMissing) == refused[0] }
            try await eventually { server.failures(.clientCertificateRefused) == refused[1] }
        }
    }

    @Test("A client with a certificate can resume its session", arguments: ["-tls1_2", "-tls1_3"])
    func resumption(version: String) async throws {
        try await EncryptedRegistry.with({ settings, _ in
            settings.clientAuthentication = .requireAndVerify
        }) { server in
            let friend = try await server.authority.issue("friend")
            let shown = ["-cert", friend.certificate, "-key", friend.key, version, "-reconnect"]
            let result = try await server.handshake(shown)
            #expect(result.succeeded, "\(result)")
            #expect(result.output.contains("Cipher is"))
        }
    }
}

extension TestAuthority.Identity {
    /// For curl.
    fileprivate var options: [String] { ["--cert", certificate, "--key", key] }
}
