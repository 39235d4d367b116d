//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryTelemetry
import RegistryTestKit
import Testing

/// What scanners of TLS look for.
@Suite("TLS, probed as by a scanner", .timeLimit(.minutes(4)))
struct EncryptionProbeTests {
    /// The suites of TLS 1.2 with forward secrecy and authenticated encryption, by openssl's names.
    private static let sound: [TestAuthority.KeyKind: Set<String>] = [
        .rsa: ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"],
        .elliptic: ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"],
    ]

    @Test(
        "Of all suites that openssl knows, those are spoken that are sound, and no other",
        arguments: [.rsa, .elliptic] as [TestAuthority.KeyKind]
    )
    func suites(kind: TestAuthority.KeyKind) async throws {
        let list = try await Tool.output("openssl", ["ciphers", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"])
        let suites = list.split(whereSeparator: { $0 == ":" || $0.isNewline }).map(String.init)
            .filter { !$0.hasPrefix("TLS_") }
        #expect(suites.count > 100)
        try await EncryptedRegistry.with(key: kind) { server in
            var spoken: Set<String> = []
            for suite in suites {
                let result = try await server.handshake("-tls1_2", "-cipher", "\(suite):@SECLEVEL=0")
                if result.succeeded { spoken.insert(suite) }
            }
            #expect(spoken == Self.sound[kind])
        }
    }

    /// openssl speaks neither any more, so by hand: a first message of that version (RFC 6101 §5.6.1.2, and SSL 2's own form).
    @Test("SSL 2 and 3 are refused", arguments: [2, 3])
    func ancient(version: Int) async throws {
        let random = [UInt8](repeating: 7, count: 32)
        let third = [3, 0] + random + [0, 0, 4, 0, 0x2f, 0, 0x35, 1, 0]
        let message: [UInt8] =
            version == 3
            ? [22, 3, 0, 0, UInt8(third.count + 4), 1, 0, 0, UInt8(third.count)] + third
            : [0x80, 0x2e, 1, 0, 2, 0, 3, 0, 0, 0, 32, 7, 0, 0xc0] + random
        try await EncryptedRegistry.with { server in
            let rest = try await WireConnection.with(port: server.registry.port) { connection in
                try await connection.send(message)
                return await connection.readToEnd()
            }
            // An alert, or nothing; never the server's part of a handshake.
            #expect(rest.first == nil || rest.first == 21, "\(rest)")
            #expect(server.failures(.version) + server.failures(.other) == 1)
        }
    }

    @Test(
        "Signatures with SHA-1 are refused, and curves that are too small",
        arguments: [["-sigalgs", "RSA+SHA1:ECDSA+SHA1"], ["-groups", "secp192r1:sect163k1"]]
    )
    func weak(options: [String]) async throws {
        try await EncryptedRegistry.with(key: .rsa) { server in
            let result = try await server.handshake(["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"] + options)
            #expect(!result.succeeded, "\(result)")
        }
    }

    @Test("There is no compression, no renegotiation by the client, and no early data")
    func features() async throws {
        try await EncryptedRegistry.with { server in
            let old = try await server.handshake("-tls1_2", "-comp")
            #expect(old.output.contains("Compression: NONE"), "\(old)")
            #expect(old.output.contains("Secure Renegotiation IS supported"), "\(old)")
            let new = try await server.handshake("-tls1_3")
            #expect(new.output.contains("Early data was not sent"), "\(new)")
            #expect(!new.output.contains("Max Early Data: 1"), "\(new)")
        }
    }

    @Test("A client that falls back to an older version without need is told so (RFC 7507)")
    func fallback() async throws {
        try await EncryptedRegistry.with { server in
            let result = try await server.handshake("-tls1_2", "-fallback_scsv")
            #expect(result.errors.contains("inappropriate fallback"), "\(result)")
        }
    }
}
