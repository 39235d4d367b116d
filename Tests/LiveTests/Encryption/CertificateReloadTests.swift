//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Certificates that are replaced", .timeLimit(.minutes(3)))
struct CertificateReloadTests {
    @Test("A new certificate is shown after its files have changed")
    func change() async throws {
        try await EncryptedRegistry.with { server in
            try await server.watched { _ in
                #expect(try await server.handshake().output.contains("CN = server"))
                try server.replace(with: try await server.authority.issue("second"))
                try await eventually { server.events(.certificateReloaded).count == 1 }
                #expect(try await server.handshake().output.contains("CN = second"))
                #expect(server.events(.certificateReloadFailed).isEmpty)
            }
        }
    }

    @Test("A certificate that does not fit its key is an event, once, and the old one stays")
    func bad() async throws {
        try await EncryptedRegistry.with { server in
            try await server.watched { _ in
                let end = server.encryption.notAfter
                let (first, second) = (
                    try await server.authority.issue("first"), try await server.authority.issue("second", days: 700)
                )
                try server.replace(
                    with: .init(certificate: first.certificate, key: second.key, in: server.authority.folder)
                )
                try await eventually { !server.events(.certificateReloadFailed).isEmpty }
                let event = server.events(.certificateReloadFailed)[0]
                let cause =
                    "http.tls.key: \(server.files.key): does not belong to the first certificate in "
                    + server.files.certificate
                #expect(event.fields.first?.value == .text(cause))
                #expect(server.encryption.notAfter == end)
                #expect(try await server.curl("/v2/").status == 200)
                #expect(server.events(.certificateReloadFailed).count == 1)
                #expect(server.events(.certificateReloaded).isEmpty)
                #expect(server.rejected.value == 1)
                try server.replace(with: try await server.authority.issue("third"))
                try await eventually { server.rejected.value == 0 }
            }
        }
    }

    @Test("Pulls go on while the certificate is replaced again and again")
    func load() async throws {
        try await EncryptedRegistry.with(storage: .filesystem) { server in
            let blob = sampleBytes(1 << 20)
            let folder = server.authority.folder
            try folder.write(blob, to: "blob")
            let path = "/v2/a/blobs/\(Digest.of(blob))"
            let push = "/v2/a/blobs/uploads/?digest=\(Digest.of(blob))"
            #expect(try await server.curl(push, ["-X", "POST", "--data-binary", "@\(folder.path)/blob"]).status == 201)
            try await server.watched { service in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            for _ in 0..<10 {
                                let answer = try await server.curl(path)
                                #expect(answer.status == 200, "\(answer.errors)")
                            }
                        }
                    }
                    for number in 0..<10 {
                        try server.replace(with: try await server.authority.issue("renewed\(number)"))
                        await service.reload()
                    }
                    try await group.waitForAll()
                }
                #expect(try await server.handshake().output.contains("CN = renewed9"))
                #expect(server.events(.certificateReloaded).count >= 10)
            }
        }
    }

    @Test("The end of a certificate is told once when it is near, and not when it is far", arguments: [29, 32])
    func end(days: Int) async throws {
        try await EncryptedRegistry.with(days: days) { server in
            try await server.watched { service in
                // Two looks, at least.
                try server.replace(with: try await server.authority.issue("second", days: 365))
                if days < 30 { try await eventually { !server.events(.certificateEndsSoon).isEmpty } }
                try await eventually { server.events(.certificateReloaded).count == 1 }
                #expect(server.events(.certificateEndsSoon).count == (days < 30 ? 1 : 0))
            }
        }
    }

    @Test("What is wrong with the files at the start is said with the key of the configuration")
    func start() async throws {
        let authority = try await TestAuthority()
        let (good, other) = (try await authority.issue("good"), try await authority.issue("other"))
        let nowhere = authority.folder.path + "/nowhere.pem"
        func problem(_ certificate: String, _ key: String, _ authorities: [String] = []) -> String {
            let settings = EncryptionSettings(
                .files(certificate: certificate, key: key),
                clientAuthorities: authorities
            )
            do throws(EncryptionError) {
                _ = try ServerEncryption(settings, observer: RecordingObserver())
                return ""
            } catch {
                return error.description
            }
        }
        let folder = authority.folder.path
        let missing = "No such file or directory"
        let problems = [
            problem(good.certificate, good.key),
            problem(nowhere, good.key),
            problem(good.certificate, nowhere),
            problem(good.certificate, good.key, [nowhere]),
            problem(good.key, good.key),
            problem(folder, good.key),
            problem(good.certificate, other.key),
        ]
        let expected = [
            "",
            "http.tls.certificate: \(nowhere): \(missing)",
            "http.tls.key: \(nowhere): \(missing)",
            "http.tls.clientcas: \(nowhere): \(missing)",
            "http.tls.certificate: \(good.key): has no certificate in PEM form",
            "http.tls.certificate: \(folder): has no certificate in PEM form",
            "http.tls.key: \(other.key): does not belong to the first certificate in \(good.certificate)",
        ]
        #expect(problems == expected)
        #expect(problem(good.certificate, good.certificate).hasPrefix("http.tls.key: \(good.certificate): has no "))
    }
}

extension EncryptedRegistry {
    /// Has the files looked at while the body runs.
    fileprivate func watched(
        _ body: @escaping @Sendable (CertificateService) async throws -> Void
    ) async throws {
        let service = CertificateService(encryption, .forTests, interval: .milliseconds(20))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await service.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(service)) } catch { result = .failure(error) }
            group.cancelAll()
            try result.get()
        }
    }
}
