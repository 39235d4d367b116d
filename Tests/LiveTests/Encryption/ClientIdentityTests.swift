//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryAuth
import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Client certificates as identity", .timeLimit(.minutes(3)))
struct ClientIdentityTests {
    private static let policy = Policy(
        groups: [:],
        rules: [
            PolicyRule(
                place: "p:1",
                allows: true,
                repositories: ["team/*"],
                users: ["friend"],
                actions: [.pull, .push]
            )
        ],
        readOnlyUsers: [],
        immutableTags: []
    )

    private func statuses(_ server: EncryptedRegistry, _ user: String?, _ path: String = "/v2/team/a/tags/list")
        async throws -> Int
    {
        var shown: [String] = []
        if let user {
            let identity = try await server.authority.issue(user)
            shown = ["--cert", identity.certificate, "--key", identity.key]
        }
        return try await server.curl(path, shown).status
    }

    @Test("The common name of a verified certificate is the user in the record, with rules or without")
    func record() async throws {
        try await EncryptedRegistry.with({ settings, _ in settings.clientAuthentication = .verifyIfGiven }) { server in
            #expect(try await statuses(server, "friend", "/v2/") == 200)
            #expect(try await statuses(server, nil, "/v2/") == 200)
            try await eventually("both are over") { server.registry.observer.records.count == 2 }
            #expect(server.registry.observer.records.map(\.user) == ["friend", nil])
        }
    }

    @Test("A certificate that nobody verifies is nobody's")
    func unverified() async throws {
        try await EncryptedRegistry.with({ settings, _ in settings.clientAuthentication = .requireAny }) { server in
            #expect(try await statuses(server, "friend", "/v2/") == 200)
            try await eventually("it is over") { server.registry.observer.records.count == 1 }
            #expect(server.registry.observer.records[0].user == nil)
        }
    }

    @Test("Rules decide by the name in the certificate, whoever has none is nobody, and both are written down")
    func rules() async throws {
        let access = AccessController(.none, policy: .fixed(Self.policy), instruments: AuthInstruments())
        try await EncryptedRegistry.with(
            { settings, _ in settings.clientAuthentication = .verifyIfGiven },
            setup: { $0.access = access }
        ) { server in
            // Let in, to find that there is no such repository.
            #expect(try await statuses(server, "friend") == 404)
            #expect(try await statuses(server, "friend", "/v2/other/a/tags/list") == 403)
            #expect(try await statuses(server, "stranger") == 403)
            #expect(try await statuses(server, nil) == 403)
            try await eventually("all are over") { server.registry.observer.records.count == 4 }
            let records = server.registry.observer.records
            #expect(records.map(\.user) == ["friend", "friend", "stranger", nil])
            #expect(records.map(\.authResult) == ["allowed", "denied", "denied", "denied"])
        }
    }

    @Test("Without rules a certificate does not take the place of the credentials that the scheme asks for")
    func schemeStands() async throws {
        let access = AccessController(.silly(realm: "a", service: "b"), instruments: AuthInstruments())
        try await EncryptedRegistry.with(
            { settings, _ in settings.clientAuthentication = .requireAndVerify },
            setup: { $0.access = access }
        ) { server in
            let status = try await statuses(server, "friend", "/v2/")
            #expect(status == 401)
        }
    }

    @Test(
        "The name is the common name, or else the first alternative name; several common names are none",
        arguments: [
            ("/CN=alice/O=x", "DNS:other", "alice"),
            ("/O=x", "IP:127.0.0.1,DNS:host.example,email:a@b", "host.example"),
            ("/O=x", "email:a@b.example", "a@b.example"), ("/O=x", "URI:spiffe://a/b,DNS:c", "spiffe://a/b"),
            ("/CN=alice/CN=bob", "DNS:other", nil), ("/O=x", "IP:127.0.0.1", nil),
        ]
    )
    func names(subject: String, alternatives: String, name: String?) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/client.pem"
        try await Tool.output(
            "openssl",
            [
                "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", subject,
                "-addext", "subjectAltName=\(alternatives)", "-keyout", folder.path + "/key", "-out", path,
            ]
        )
        #expect(try ClientCertificate.name(file: path) == name)
    }
}
