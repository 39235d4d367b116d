//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryHTTP
import RegistryTelemetry
import RegistryTestKit

/// A registry that speaks TLS, and the programs that speak to it.
struct EncryptedRegistry: Sendable {
    let registry: TestRegistry
    let authority: TestAuthority
    let encryption: ServerEncryption
    /// Of the certificate.
    let observer: RecordingObserver
    /// The files that the server reads.
    let files: TestAuthority.Identity
    /// Whether the files are no good as they are.
    let rejected: Gauge

    static func with(
        storage: TestStorage = .inMemory,
        key: TestAuthority.KeyKind = .elliptic,
        days: Int = 365,
        _ change: (inout EncryptionSettings, inout ConnectionTimeouts) -> Void = { _, _ in },
        setup more: @Sendable (inout TestRegistry.Setup) -> Void = { _ in },
        _ body: @escaping @Sendable (EncryptedRegistry) async throws -> Void
    ) async throws {
        let authority = try await TestAuthority()
        let files = try await authority.issue("server", key, days: days)
        var settings = EncryptionSettings(.files(certificate: files.certificate, key: files.key))
        var timeouts = ConnectionTimeouts()
        change(&settings, &timeouts)
        if settings.clientAuthentication != .none { settings.clientAuthorities = [authority.certificate] }
        let observer = RecordingObserver()
        let rejected = Gauge()
        let encryption = try ServerEncryption(settings, observer: observer, rejected: rejected)
        try await TestRegistry.with(
            storage,
            { [timeouts] setup in
                setup.options.encryption = encryption
                setup.options.timeouts = timeouts
                more(&setup)
            }
        ) { registry in
            try await body(
                EncryptedRegistry(
                    registry: registry,
                    authority: authority,
                    encryption: encryption,
                    observer: observer,
                    files: files,
                    rejected: rejected
                )
            )
        }
    }

    var address: String { "127.0.0.1:\(registry.port)" }

    /// Asks by curl, which trusts the authority.
    /// - Returns: the status, 0 without an answer; what went wrong is in `errors`.
    func curl(_ path: String, _ more: [String] = []) async throws -> (status: Int, errors: String) {
        let result = try await Tool.run(
            "curl",
            [
                "-sS", "--cacert", authority.certificate, "-o", "/dev/null", "-w", "%{http_code}",
                "https://\(address)\(path)",
            ] + more
        )
        return (Int(result.output) ?? 0, result.errors)
    }

    /// Shakes hands by openssl, which says nothing after that.
    func handshake(_ more: String...) async throws -> Tool.Result { try await handshake(more) }

    func handshake(_ more: [String]) async throws -> Tool.Result {
        try await Tool.run(
            "openssl",
            ["s_client", "-connect", address, "-CAfile", authority.certificate, "-verify_return_error"] + more
        )
    }

    func failures(_ reason: HandshakeFailure) -> Int64 { registry.instruments.tlsHandshakeFailures[reason].value }

    /// Replaces certificate and key as those do who renew them: each by a rename.
    func replace(with identity: TestAuthority.Identity) throws {
        for (new, old) in [(identity.certificate, files.certificate), (identity.key, files.key)] {
            guard rename(new, old) == 0 else { throw NotReplaced() }
        }
    }

    struct NotReplaced: Error {}

    func events(_ name: EventName) -> [ServerEvent] { observer.events.filter { $0.name == name } }
}
