//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("TLS", .timeLimit(.minutes(3)))
struct EncryptionTests {
    @Test("A blob pushed over TLS comes back whole and in parts, on one connection", arguments: TestStorage.allCases)
    func blob(storage: TestStorage) async throws {
        try await EncryptedRegistry.with(storage: storage) { server in
            let blob = sampleBytes(5 << 20)
            let folder = server.authority.folder
            try folder.write(blob, to: "blob")
            let digest = Digest.of(blob)
            let path = folder.path
            let address = "https://\(server.address)/v2/a/blobs"
            let output = try await Tool.output(
                "curl",
                [
                    "-sS", "--cacert", server.authority.certificate, "-D", path + "/pushed", "-w", "%{http_code}",
                    "-X", "POST", "--data-binary", "@\(path)/blob", "\(address)/uploads/?digest=\(digest)", "--next",
                    "-sS", "--cacert", server.authority.certificate, "-o", path + "/whole", "-w", " %{http_code}",
                    "\(address)/\(digest)", "--next",
                    "-sS", "--cacert", server.authority.certificate, "-o", path + "/part", "-r", "1000000-3999999",
                    "-w", " %{http_code} %{num_connects}", "\(address)/\(digest)",
                ]
            )
            #expect(output == "201 200 206 0")
            let files = try folder.files()
            #expect(files["whole"] == blob)
            #expect(files["part"] == Array(blob[1_000_000...3_999_999]))
            let head = String(decoding: files["pushed"] ?? [], as: UTF8.self)
            #expect(head.contains("location: https://\(server.address)/v2/a/blobs/\(digest)"))
        }
    }

    @Test("HTTP/2 is what ALPN settles on")
    func protocols() async throws {
        try await EncryptedRegistry.with { server in
            let result = try await server.handshake("-alpn", "h2,http/1.1")
            #expect(result.succeeded, "\(result)")
            #expect(result.output.contains("ALPN protocol: h2"))
        }
    }

    @Test("Versions before TLS 1.2 are refused", arguments: ["-tls1", "-tls1_1"])
    func oldVersions(option: String) async throws {
        try await EncryptedRegistry.with { server in
            // openssl itself would refuse to speak them without this level.
            let result = try await server.handshake(option, "-cipher", "ALL:@SECLEVEL=0")
            #expect(!result.succeeded)
            #expect(result.errors.contains("alert protocol version"), "\(result)")
            try await eventually { server.failures(.version) == 1 }
            let sound = try await server.handshake("-tls1_2")
            #expect(sound.succeeded, "\(sound)")
        }
    }

    @Test("TLS 1.2 is refused where TLS 1.3 is asked for")
    func minimum() async throws {
        try await EncryptedRegistry.with({ settings, _ in settings.requiresTLS13 = true }) { server in
            #expect(try await !server.handshake("-tls1_2").succeeded)
            try await eventually { server.failures(.version) == 1 }
            let sound = try await server.handshake("-tls1_3")
            #expect(sound.output.contains("New, TLSv1.3"), "\(sound)")
        }
    }

    @Test(
        "Suites without forward secrecy or authenticated encryption are refused",
        arguments: [
            "AES128-SHA", "AES256-GCM-SHA384", "AES128-SHA256", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384",
            "DHE-RSA-AES128-GCM-SHA256", "NULL-SHA256", "ADH-AES128-SHA",
        ]
    )
    func weakSuites(suite: String) async throws {
        try await EncryptedRegistry.with(key: .rsa) { server in
            let result = try await server.handshake("-tls1_2", "-cipher", "\(suite):@SECLEVEL=0")
            #expect(!result.succeeded)
            try await eventually { server.failures(.cipher) == 1 }
        }
    }

    @Test(
        "Only the suites that are configured are spoken",
        arguments: [(0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"), (0xc030, "ECDHE-RSA-AES256-GCM-SHA384")]
    )
    func suites(number: UInt16, name: String) async throws {
        try await EncryptedRegistry.with(key: .rsa, { settings, _ in settings.cipherSuites = [number] }) { server in
            let result = try await server.handshake("-tls1_2")
            #expect(result.output.contains("New, TLSv1.2, Cipher is \(name)"), "\(result)")
            let other = try await server.handshake("-tls1_2", "-cipher", "ALL:!\(name)")
            #expect(!other.succeeded)
        }
    }

    @Test("HTTP in clear is answered in clear, and the connection closed")
    func clear() async throws {
        try await EncryptedRegistry.with { server in
            let result = try await Tool.run("curl", ["-sS", "-i", "http://\(server.address)/v2/"])
            #expect(result.succeeded, "\(result)")
            #expect(result.output.hasPrefix("HTTP/1.0 400 "))
            #expect(result.output.hasSuffix("This port speaks HTTPS only.\n"))
            #expect(server.failures(.notTLS) == 1)
            #expect(server.registry.observer.records.isEmpty)
        }
    }

    @Test("A client that does not end its handshake is cut off; one that leaves is counted")
    func unfinished() async throws {
        try await EncryptedRegistry.with({ _, timeouts in timeouts.header = .milliseconds(50) }) { server in
            let rest = try await WireConnection.with(port: server.registry.port) { await $0.readToEnd() }
            #expect(rest.isEmpty)
            #expect(server.failures(.timeout) == 1)
        }
        try await EncryptedRegistry.with { server in
            try await WireConnection.with(port: server.registry.port) { try await $0.close() }
            try await eventually { server.failures(.clientLeft) == 1 }
        }
    }

    @Test("A client that does not trust the certificate is counted", arguments: ["1.2", "1.3"])
    func distrust(version: String) async throws {
        try await EncryptedRegistry.with { server in
            let result = try await Tool.run("curl", ["-sS", "--tls-max", version, "https://\(server.address)/v2/"])
            #expect(!result.succeeded)
            try await eventually { server.failures(.refusedByClient) == 1 }
        }
    }
}
