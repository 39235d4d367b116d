//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

/// What the server itself keeps secret: credentials for its store and its endpoints, and the addresses that it signs.
@Suite("Secrets of a registry over an S3 server", .timeLimit(.minutes(5)))
struct S3SecretTests {
    private static let hook = "s3cr3t-of-the-endpoint"
    private static let cookies = "s3cr3t-of-the-cookies"

    /// Has a registry with all its outputs do something, and looks for secrets in them.
    /// - Parameters:
    ///   - names: files that something must have come into, beside the log and the traces.
    ///   - body: says what else must not be found.
    private func nothingLeaks(
        _ section: String,
        in names: [String] = [],
        _ body: (ServerProcess) async throws -> [String]
    ) async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with { setup in
            setup.driver = "s3: \(section)"
            setup.storage = "redirect: {disable: false}"
            setup.secret = Self.cookies
            setup.logLevel = "debug"
            setup.environment["REGISTRY_HTTP_DEBUG_PROMETHEUS_USAGE"] = "true"
            // The journal that is not there has what auditors want spilled.
            setup.log = """
                spill: {path: \(folder.path)/audit.log}, sinks: {stdout: {enabled: true, level: debug}, \
                journald: {enabled: true, socket: /nowhere/socket, kinds: [audit]}, \
                file: {path: \(folder.path)/access.log, format: combined, minfree: 0}}
                """
            setup.sections = """
                tracing: {enabled: true, sampleratio: 1, file: '\(folder.path)/traces.jsonl'}
                notifications:
                  endpoints:
                    - {name: hook, url: "http://127.0.0.1:1/", headers: {Authorization: [Bearer \(Self.hook)]}}
                """
        } _: { server in
            let secrets = try await body(server) + [S3TestServer.secretKey, Self.hook, Self.cookies]
            var outputs: [String: String] = [:]
            for page in ["/metrics", "/metrics/usage", "/debug/health"] {
                outputs[page] = try await WireClient(port: server.sidePort).get(page).text
            }
            #expect(await server.terminate() == .code(0))
            outputs["standard output"] = server.process.output.lines.joined(separator: "\n")
            outputs["standard error"] = await server.process.errors.whole()
            for (name, bytes) in try folder.files() { outputs[name] = String(decoding: bytes, as: UTF8.self) }
            for name in ["access.log", "traces.jsonl", "standard output"] + names {
                #expect(outputs[name]?.contains("/v2/") == true || outputs[name]?.contains("blob") == true, "\(name)")
            }
            for (name, text) in outputs {
                for secret in secrets where text.contains(secret) { Issue.record("\(name) has \(secret)") }
            }
        }
    }

    @Test("No credential and no signed address comes into a log, a trace, a metric or a spill file")
    func whileAllIsWell() async throws {
        try await SeaweedProcess.with { bucket in
            try await nothingLeaks(bucket.section(), in: ["audit-journald.log"]) { server in
                let blob = PseudorandomBytes.bytes(1_000_000, seed: 3)
                let place = try await server.client.beginUpload(in: "team/app")
                let state = try #require(place.split(separator: "=").last).prefix(60)
                try await server.client.finishUpload(place, blob[...], Digest.of(blob))
                let answer = try await server.client.get("/v2/team/app/blobs/\(Digest.of(blob))")
                #expect(answer.status == 307)
                let signed = try #require(answer["location"]?.firstRange(of: "Signature="))
                let signature = answer["location"].map { $0[signed.upperBound...].prefix { $0 != "&" } } ?? ""
                #expect(signature.count == 64)
                return [String(signature), String(state)]
            }
        }
    }

    @Test("Nor do they when the store is not there")
    func whileTheStoreIsGone() async throws {
        let nobody = S3TestServer(port: 1)
        try await nothingLeaks(nobody.section()) { server in
            let digest = Digest.of(Array("a".utf8))
            let pulled = try await server.client.get("/v2/team/app/blobs/\(digest)")
            let pushed = try await server.client.send("POST", "/v2/team/app/blobs/uploads/")
            #expect(pulled.status >= 500 && pushed.status >= 500)
            return ["Signature="]
        }
    }
}
