//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("Traces at a collector that speaks TLS", .timeLimit(.minutes(5)))
struct TraceEncryptionTests {
    private func with(
        _ encryption: CollectorProcess.Encryption,
        _ variables: [String: String],
        _ body: (ServerProcess, CollectorProcess) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await CollectorProcess.with(encryption: encryption) { collector in
            let environment = collector.environment.merging(variables) { $1 }
            try await ServerProcess.with(root: folder.path, { $0.environment = environment }) { server in
                try await body(server, collector)
            }
        }
    }

    /// The trace does not arrive, and that is told of, with nothing of it said but why.
    private func expectRefusal(
        _ encryption: CollectorProcess.Encryption,
        _ variables: [String: String]
    ) async throws {
        let more = ["OTEL_BSP_EXPORT_TIMEOUT": "500", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=marked"]
        try await with(encryption, variables.merging(more) { $1 }) { server, collector in
            #expect(try await server.client.send("GET", "/v2/").status == 200)
            let told = try #require(try await server.event("trace_export_failing"))
            #expect(told["cause"]?.string?.isEmpty == false)
            #expect(await server.terminate() == .code(0))
            #expect(try collector.requests().isEmpty)
            #expect(!server.process.output.lines.contains { $0.contains("marked") })
        }
    }

    @Test(
        "Spans arrive where the collector's certificate is one of the authority that a variable names",
        arguments: ["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"],
        ["http/protobuf", "http/json"]
    )
    func ownAuthority(variable: String, form: String) async throws {
        let authority = try await TestAuthority()
        let encryption = CollectorProcess.Encryption(identity: try await authority.issue("collector"))
        let variables = [variable: authority.certificate, "OTEL_EXPORTER_OTLP_PROTOCOL": form]
        try await with(encryption, variables) { server, collector in
            let answer = try await server.client.send("GET", "/v2/")
            #expect(try await collector.trace(of: answer).count == 1)
            #expect(try collector.requests().first?["client"]?.string == nil)
            #expect(try server.log().allSatisfy { $0["event"]?.string?.hasPrefix("trace_export_") != true })
        }
    }

    @Test("A collector that asks for a certificate gets the configured one")
    func clientCertificate() async throws {
        let authority = try await TestAuthority()
        let clients = try await TestAuthority()
        let identity = try await clients.issue("exporter")
        let encryption = CollectorProcess.Encryption(
            identity: try await authority.issue("collector"),
            clientAuthority: clients.certificate
        )
        let variables = [
            "OTEL_EXPORTER_OTLP_CERTIFICATE": authority.certificate,
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": identity.certificate,
            "OTEL_EXPORTER_OTLP_CLIENT_KEY": identity.key,
        ]
        try await with(encryption, variables) { server, collector in
            let answer = try await server.client.send("GET", "/v2/")
            #expect(try await collector.trace(of: answer).count == 1)
            #expect(try collector.requests().first?["client"]?.string == "exporter")
        }
        try await expectRefusal(encryption, ["OTEL_EXPORTER_OTLP_CERTIFICATE": authority.certificate])
    }

    @Test("A collector whose certificate is of nobody that is trusted gets nothing", arguments: [true, false])
    func otherAuthority(isConfigured: Bool) async throws {
        let authority = try await TestAuthority()
        let encryption = CollectorProcess.Encryption(identity: try await authority.issue("collector"))
        let other = try await TestAuthority()
        try await expectRefusal(
            encryption,
            isConfigured ? ["OTEL_EXPORTER_OTLP_CERTIFICATE": other.certificate] : [:]
        )
    }

    @Test("A file that cannot be used keeps the server from starting, and is told with its variable and the cause")
    func unusable() async throws {
        let folder = try TemporaryFolder()
        let yaml = "version: 0.1\nstorage: {inmemory: {}}\nhttp: {addr: 127.0.0.1:0}\n"
        try folder.write(Array(yaml.utf8), to: "config.yml")
        let variables = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:1",
            "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE": folder.path + "/ca.pem",
        ]
        let result = try await Tool.run(
            try ProjectFolder.binary(),
            ["serve", folder.path + "/config.yml"],
            environment: variables
        )
        #expect(result.status == .code(1))
        let file = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: \(folder.path)/ca.pem: No such file or directory"
        #expect(result.errors == "configuration error: \(file)\n")
    }

    @Test("A collector whose certificate is for another address gets nothing")
    func otherAddress() async throws {
        let authority = try await TestAuthority()
        let identity = try await authority.issue("collector", address: "192.0.2.1")
        try await expectRefusal(
            CollectorProcess.Encryption(identity: identity),
            ["OTEL_EXPORTER_OTLP_CERTIFICATE": authority.certificate]
        )
    }
}
